package io.treering.internal.engine;

import io.treering.CorruptionException;
import io.treering.IoFailureException;
import io.treering.PartitionConfig;
import io.treering.PoisonedException;
import io.treering.TreeringException;
import io.treering.device.BlockDevice;
import io.treering.device.EventLoop;
import io.treering.device.FileBlockDevice;
import io.treering.device.FileDeviceConfig;
import io.treering.device.MemoryBlockDevice;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.cache.PageCache;
import io.treering.internal.cache.PageValidator;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.Meta;
import io.treering.internal.format.MetaPage;
import io.treering.internal.format.PageReference;
import io.treering.internal.format.TreePage;
import io.treering.internal.freelist.SpaceMap;
import io.treering.internal.wal.WalRegion;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Brings a store to life: lock, sync, read the meta blocks, verify, commit a generation that was never used, replay
/// the log, commit what it held, and only then take writes.
///
/// The sync comes before anything is served or reused: after kill -9 the newest meta block may be in the drive's cache
/// only, and building on a state that a power cut can still take away would overwrite the one it falls back to.
final class Opening {
    static final String FILE_NAME = "data.treering";

    private static final int BUFFERS = 3;

    /// A read-only store never merges, so its buffers hold all that the log does: as many as that takes.
    private static final int READ_ONLY_BUFFERS = Integer.MAX_VALUE;

    private final BlockDevice device;
    private final PartitionConfig config;
    private final EngineRuntime runtime;
    private final Arena arena;
    private final CountedMemory memory;

    private Opening(BlockDevice device, PartitionConfig config, EngineRuntime runtime) {
        this.device = device;
        this.config = config;
        this.runtime = runtime;
        this.arena = runtime.openArena();
        this.memory = new CountedMemory(arena, runtime);
    }

    static PartitionEngine open(Path directory, PartitionConfig config, EngineRuntime runtime) {
        if (!directory.getFileSystem().equals(FileSystems.getDefault())) {
            throw new IllegalArgumentException(
                    directory + " is not of the default file system, and the system's calls know no other");
        }
        boolean create = config.createIfMissing() && !config.readOnly();
        prepareDirectory(directory, create);
        FileDeviceConfig device = FileDeviceConfig.builder()
                .backend(config.ioBackend())
                .eventLoop(config.eventLoop().orElseGet(EventLoop::shared))
                .readOnly(config.readOnly())
                .createIfMissing(create)
                .build();
        Path file = directory.resolve(FILE_NAME);
        FileBlockDevice opened = FileBlockDevice.open(file, device);
        refuseForeign(opened, file);
        return open(opened, config, runtime);
    }

    /// A device counts whole blocks only, so what is smaller than one would look like nothing at all.
    private static void refuseForeign(FileBlockDevice device, Path file) {
        long bytes = file.toFile().length();
        if (device.size() == 0 && bytes > 0) {
            device.close();
            throw new CorruptionException(file.toString(), 0, "a Treering store", bytes + " bytes");
        }
    }

    private static void prepareDirectory(Path directory, boolean create) {
        if (Files.isDirectory(directory)) {
            return;
        }
        if (Files.exists(directory)) {
            throw new IoFailureException("open partition directory " + directory, 0, "it is not a directory");
        }
        if (!create) {
            throw new IoFailureException("open partition directory " + directory, 0, "it does not exist");
        }
        try {
            if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } else {
                Files.createDirectories(directory);
            }
        } catch (IOException e) {
            throw new IoFailureException(
                    "create partition directory " + directory, 0, e.getClass().getSimpleName(), e);
        }
    }

    static PartitionEngine inMemory(PartitionConfig config, EngineRuntime runtime) {
        return open(MemoryBlockDevice.create(), config, runtime);
    }

    /// Opens a device, which belongs to the partition from here on, even if this fails.
    static PartitionEngine open(BlockDevice device, PartitionConfig config, EngineRuntime runtime) {
        Opening opening = new Opening(device, config, runtime);
        try {
            return opening.open();
        } catch (RuntimeException | Error e) {
            try {
                device.close();
                opening.arena.close();
            } catch (RuntimeException close) {
                // A device that could not be drained may still write to the memory: then it is never given back.
                e.addSuppressed(close);
            }
            throw e;
        }
    }

    private boolean readOnly() {
        return config.readOnly() || device.readOnly();
    }

    private PartitionEngine open() {
        MetaPage.Choice choice = chooseMeta();
        return assemble(choice, choice.meta().pageSize());
    }

    private MetaPage.Choice chooseMeta() {
        MemorySegment blocks = memory.allocate(MetaPage.ALL_BYTES);
        if (device.size() == 0) {
            return format(blocks);
        }
        if (device.size() < MetaPage.ALL_BYTES) {
            throw new CorruptionException(device.name(), 0, "a Treering store", device.size() + " bytes");
        }
        readMeta(blocks);
        if (!MetaPage.isAnySound(blocks, 0)) {
            UnfinishedFormat unfinished = new UnfinishedFormat(device, memory);
            if (unfinished.isFound()) {
                ensureMayFormat();
                unfinished.clear();
                return format(blocks);
            }
        }
        MetaPage.Choice choice = MetaPage.choose(device.name(), blocks, 0);
        if (choice == null) {
            throw new CorruptionException(
                    device.name(), 0, "a Treering store", "something else: no meta block names itself one");
        }
        ensureWhole(choice.meta());
        if (!readOnly()) {
            Committer.makeDurable(device, blocks.asSlice(0, MetaPage.BLOCK_BYTES), choice);
        }
        return choice;
    }

    /// What is wrong with a block may be the reading. It is repeated, because an older state is there for the case that
    /// the newest one is not, and would be taken for it without a word.
    private void readMeta(MemorySegment blocks) {
        device.read(0, blocks);
        if (!MetaPage.isEverySound(blocks, 0)) {
            MemorySegment again = memory.allocate(MetaPage.ALL_BYTES);
            device.read(0, again);
            MetaPage.takeSound(blocks, again);
        }
    }

    private void ensureWhole(Meta meta) {
        long bytes = (long) meta.filePages() * meta.pageSize();
        if (device.size() < bytes) {
            throw new CorruptionException(
                    device.name(), -1, "a device of " + bytes + " bytes", device.size() + " bytes: it was cut off");
        }
    }

    private void ensureMayFormat() {
        if (readOnly() || !config.createIfMissing()) {
            throw new IoFailureException("open " + device.name(), 0, "it holds no store yet");
        }
    }

    private MetaPage.Choice format(MemorySegment block) {
        ensureMayFormat();
        return Formatting.format(device, config.pageSize(), runtime.newStoreId(), memory, block);
    }

    private PartitionEngine assemble(MetaPage.Choice choice, int pageSize) {
        Meta meta = choice.meta();
        Lifecycle lifecycle = new Lifecycle("Partition " + device.name());
        Poison poison = new Poison("Partition " + device.name());
        PageValidator validator = (memory1, base, page, crc) -> TreePage.validate(memory1, base, pageSize, page, crc);
        MemorySegment frames = memory.allocate(Math.max(8, config.cacheSize() / pageSize) * pageSize);
        PageCache cache = new PageCache(device, frames, pageSize, memory, validator, runtime.waiter());
        Space space = new Space(device, cache, readSpace(meta), pageSize, meta.walPages());
        IoBuffers ioBuffers = new IoBuffers(memory);
        OverflowRuns overflow = new OverflowRuns(device, cache, ioBuffers, memory, pageSize);
        BufferPool buffers = new BufferPool(memory, config.writeBufferSize(), readOnly() ? READ_ONLY_BUFFERS : BUFFERS);
        long reference = meta.isEmptyTree() ? PageReference.NONE : PageReference.of(meta.rootPage(), meta.rootCrc());
        Root root = new Root(reference, meta.rootLevel(), meta.generation(), meta.heads());
        WriteBuffer first = Objects.requireNonNull(buffers.begin(meta.sequence()));
        Views views = new Views(new View(new WriteBuffer[] {first}, root), runtime::nanoTime);
        CommitDevice commitDevice = new CommitDevice(device);
        Committer committer = new Committer(commitDevice, space, memory, meta, choice.slot());
        Generations generations = new Generations(meta.nextGeneration());
        ReadPath reads = new ReadPath(
                lifecycle,
                device.name(),
                views,
                cache,
                overflow,
                ioBuffers,
                new Abandoned(config.trackViews()),
                LeafPage.maximumKeyBytes(pageSize));
        MergePages mergePages =
                new MergePages(device, cache, validator, space, overflow, memory, pageSize, inlineLimit(pageSize));
        LogAccess log = new LogAccess(config.walMode(), poison);
        WritePace pace = new WritePace(runtime);
        Flusher flusher = new Flusher(
                views,
                space,
                mergePages,
                new Relocation(cache, overflow, memory, LeafPage.maximumKeyBytes(pageSize)),
                committer,
                overflow,
                buffers,
                poison,
                config.commitMode(),
                generations,
                log,
                pace,
                reads::damage);
        Writer writer = new Writer(
                lifecycle,
                poison,
                views,
                flusher,
                buffers,
                new ValueRuns(poison, space, views, overflow, inlineLimit(pageSize)),
                runtime.waiter(),
                LeafPage.maximumKeyBytes(pageSize),
                log,
                new Admission(device.name(), space, views, pageSize, inlineLimit(pageSize), readOnly()),
                pace);
        List<EngineRuntime.Worker> workers = new ArrayList<>();
        Parts parts = new Parts(
                device.name(),
                config,
                readOnly(),
                runtime,
                lifecycle,
                poison,
                arena,
                memory,
                device,
                commitDevice,
                cache,
                space,
                views,
                buffers,
                ioBuffers,
                overflow,
                committer,
                flusher,
                log,
                writer,
                reads,
                workers);
        recover(parts, frames);
        return new PartitionEngine(parts);
    }

    /// What recovery has started must have ended before the device and the memory go.
    private static void recover(Parts parts, MemorySegment frames) {
        try {
            new Recovery(parts).run();
            // Last, because pinning that much memory keeps the kernel busy.
            parts.device().registerBuffer(frames);
        } catch (RuntimeException | Error e) {
            try {
                parts.workers().forEach(EngineRuntime.Worker::stop);
                parts.log().close();
                parts.cache().close();
            } catch (RuntimeException close) {
                e.addSuppressed(close);
            }
            // Nobody has a partition yet that could be said to refuse writes: what counts is why.
            if (e instanceof PoisonedException && e.getCause() instanceof TreeringException failure) {
                throw failure;
            }
            if (e instanceof PoisonedException && e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    private int inlineLimit(int pageSize) {
        int largest = LeafPage.inlineLimit(pageSize);
        return Math.min(largest, config.inlineValueLimit().orElse(largest));
    }

    private SpaceMap readSpace(Meta meta) {
        MemorySegment page = memory.allocate(meta.pageSize());
        SpaceMap space = SpaceMap.open(
                device.name(), meta.pageSize(), meta.filePages(), meta.nextGeneration(), meta.summaries(), id -> {
                    device.read((long) id * meta.pageSize(), page);
                    return page;
                });
        if (meta.walPages() > 0) {
            ensureLogIsPossible(meta, space);
        }
        space.searchFrom(runtime.firstSearched(meta.filePages()));
        return space;
    }

    /// What is written to the log goes where the meta block says, so these have to be pages of the log's own.
    private void ensureLogIsPossible(Meta meta, SpaceMap space) {
        long bytes = (long) meta.walPages() * meta.pageSize();
        if (bytes < WalRegion.MINIMUM_BYTES) {
            throw new CorruptionException(
                    device.name(),
                    meta.walFirstPage(),
                    "a log of at least " + WalRegion.MINIMUM_BYTES + " bytes",
                    "one of " + bytes);
        }
        if (!space.isLiveRun(meta.walFirstPage(), meta.walPages())) {
            throw new CorruptionException(
                    device.name(),
                    meta.walFirstPage(),
                    "a log of " + meta.walPages() + " pages in use",
                    "pages that are free, or that hold the account of pages");
        }
    }
}
