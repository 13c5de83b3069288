package io.treering.filesystem;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.IoBackend;
import io.treering.Partition;
import io.treering.PartitionConfig;
import io.treering.WalMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A file system of the kernel's on a disk whose power is cut: after the file system has recovered, so must the store
/// in it, with everything that was acknowledged.
///
/// The store's writes are recorded once, below the file system; then the disk is shown as it may look after a power cut
/// at one moment after the other, and now and then the recovery from that is recorded, and its power cut.
@Timeout(7200)
final class CrashedFileSystemTest {
    private static final long SEED = Long.getLong("treering.test.seed", 4_711);
    private static final int SCALE = Integer.getInteger("treering.test.scale", 1);
    private static final int IMAGES = SCALE == 1 ? 100 : 500 * SCALE;
    private static final int BATCHES = 70;

    /// Of so many images, one has its recovery crash, too.
    private static final int RECOVERY_SHARE = 5;

    @TempDir
    Path directory;

    /// A store, and where in the disk's log each of its batches was begun and, perhaps, promised to be durable.
    private static final class Store {
        final String name;
        final PartitionConfig config;
        final int[] begun = new int[BATCHES + 1];
        final int[] promised = new int[BATCHES + 1];
        int batches;
        int kept;

        Store(WalMode mode, IoBackend backend) {
            name = mode + "-" + backend;
            config = NumberedWrites.config(mode, backend);
        }

        /// Up to the given batch, or the last one, all is durable now.
        void promise(int position) {
            while (kept < batches) {
                promised[++kept] = position;
            }
        }

        int begunAt(int position) {
            int last = 0;
            while (last < batches && begun[last + 1] <= position) {
                last++;
            }
            return last;
        }

        int promisedAt(int position) {
            int last = 0;
            while (last < kept && promised[last + 1] <= position) {
                last++;
            }
            return last;
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatWasAcknowledgedIsThereAfterAPowerCut(FileSystem kind) throws Exception {
        MountedDisk.require(kind);
        try (MountedDisk mounted = new MountedDisk(directory, kind)) {
            mounted.mount();
            mounted.disk().record();
            List<Store> stores = write(mounted);
            mounted.unmount();
            int end = mounted.disk().position();
            assertTrue(end > 200, "recorded: " + end);
            lookAtImages(mounted, kind, stores, end);
        }
    }

    /// Broken on purpose: a disk that says that it has flushed before it has. With some image the loss must be seen.
    @ParameterizedTest
    @EnumSource
    void aDiskThatLiesAboutItsFlushesIsSeenToLoseWrites(FileSystem kind) throws Exception {
        MountedDisk.require(kind);
        try (MountedDisk mounted = new MountedDisk(directory, kind, new RecordedDisk(kind.size(), false))) {
            mounted.mount();
            mounted.disk().record();
            List<Store> stores = write(mounted);
            mounted.unmount();
            int end = mounted.disk().position();
            assertThrows(AssertionError.class, () -> lookAtImages(mounted, kind, stores, end));
        }
    }

    /// Ascending; one half of them anywhere, and one where something has just been promised.
    private static int[] positions(List<Store> stores, int end, SplittableRandom random) {
        int[] positions = new int[IMAGES];
        for (int image = 0; image < IMAGES; image++) {
            Store store = stores.get(random.nextInt(stores.size()));
            positions[image] =
                    image % 2 == 0 ? random.nextInt(end + 1) : store.promised[1 + random.nextInt(store.kept)];
        }
        Arrays.sort(positions);
        return positions;
    }

    private static void lookAtImages(MountedDisk mounted, FileSystem kind, List<Store> stores, int end) {
        SplittableRandom random = new SplittableRandom(SEED);
        int[] positions = positions(stores, end, random);
        for (int image = 0; image < IMAGES; image++) {
            int position = positions[image];
            mounted.disk().showCrash(position, random);
            String where = kind + ", treering.test.seed=" + SEED + ", image " + image + " of " + IMAGES + ", after "
                    + position + " of " + end + " operations of the disk";
            if (image % RECOVERY_SHARE == 0) {
                lookAtCrashesOfRecovery(mounted, stores, position, random.split(), where);
            } else {
                look(mounted, stores, position, where);
            }
        }
    }

    /// The power goes again while the file system and the stores recover, or right behind it.
    private static void lookAtCrashesOfRecovery(
            MountedDisk mounted, List<Store> stores, int position, SplittableRandom random, String where) {
        RecordedDisk disk = mounted.disk();
        disk.recordRecovery();
        look(mounted, stores, position, where);
        int end = disk.position();
        int first = random.nextInt(end + 1);
        int second = first + random.nextInt(end + 1 - first);
        for (int again : new int[] {first, second}) {
            disk.showCrash(again, random);
            look(mounted, stores, position, where + ", and once more after " + again + " of " + end + " behind it");
        }
        disk.endRecovery();
    }

    private static List<Store> write(MountedDisk mounted) {
        List<Store> stores = new ArrayList<>();
        IoBackend[] backends = {IoBackend.AUTO, IoBackend.CHANNEL, IoBackend.PREAD};
        for (WalMode mode : WalMode.values()) {
            Store store = new Store(mode, backends[mode.ordinal()]);
            stores.add(store);
            try (Partition db = Partition.open(mounted.directory().resolve(store.name), store.config)) {
                for (int number = 1; number <= BATCHES; number++) {
                    store.begun[number] = mounted.disk().position();
                    store.batches = number;
                    db.write(NumberedWrites.batch(number));
                    if (mode == WalMode.SYNC) {
                        store.promise(mounted.disk().position());
                    } else if (number % 10 == 0) {
                        db.sync();
                        store.promise(mounted.disk().position());
                    }
                    if (number % 25 == 0) {
                        db.flush();
                        store.promise(mounted.disk().position());
                    }
                }
            }
            store.promise(mounted.disk().position());
        }
        return stores;
    }

    private static void look(MountedDisk mounted, List<Store> stores, int position, String where) {
        try {
            mounted.mount();
            for (Store store : stores) {
                if (store.begunAt(position) > 0 || store == stores.getFirst()) {
                    try (Partition db = Partition.open(mounted.directory().resolve(store.name), store.config)) {
                        NumberedWrites.verify(
                                db, store.promisedAt(position), store.begunAt(position), where + ", " + store.name);
                    }
                }
            }
        } catch (RuntimeException e) {
            throw new AssertionError(where + ": " + e, e);
        } finally {
            mounted.unmountIfMounted();
        }
    }
}
