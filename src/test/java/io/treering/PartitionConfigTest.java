package io.treering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.device.EventLoop;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PartitionConfigTest {
    private static final long GIB = 1L << 30;

    private static PartitionConfig built(Function<PartitionConfig.Builder, PartitionConfig.Builder> settings) {
        return settings.apply(PartitionConfig.builder()).build();
    }

    private static String refused(Function<PartitionConfig.Builder, PartitionConfig.Builder> settings) {
        return assertThrows(IllegalArgumentException.class, () -> built(settings))
                .getMessage();
    }

    @Test
    void theDefaultsAreTheDocumentedOnes() {
        PartitionConfig config = PartitionConfig.defaults();
        assertEquals(256L << 20, config.cacheSize());
        assertEquals(64L << 20, config.writeBufferSize());
        assertEquals(WalMode.BATCHED, config.walMode());
        assertEquals(128L << 20, config.walSize());
        assertEquals(Duration.ofMillis(10), config.batchedInterval());
        assertEquals(1L << 20, config.batchedBytes());
        assertEquals(CommitMode.AUTOMATIC, config.commitMode());
        assertEquals(IoBackend.AUTO, config.ioBackend());
        assertEquals(Optional.empty(), config.eventLoop());
        assertTrue(config.createIfMissing());
        assertFalse(config.readOnly());
        assertEquals(4096, config.pageSize());
        assertEquals(OptionalInt.empty(), config.inlineValueLimit());
        assertFalse(config.trackViews());
    }

    @Test
    void everySettingArrives() {
        PartitionConfig config = unusual();
        assertEquals(1L << 20, config.cacheSize());
        assertEquals(2L << 20, config.writeBufferSize());
        assertEquals(WalMode.NONE, config.walMode());
        assertEquals(5L << 20, config.walSize());
        assertEquals(Duration.ofMillis(3), config.batchedInterval());
        assertEquals(8192, config.batchedBytes());
        assertEquals(CommitMode.EXPLICIT, config.commitMode());
        assertEquals(IoBackend.PREAD, config.ioBackend());
        assertEquals(Optional.of(EventLoop.shared()), config.eventLoop());
        assertFalse(config.createIfMissing());
        assertTrue(config.readOnly());
        assertEquals(8192, config.pageSize());
        assertEquals(OptionalInt.of(2000), config.inlineValueLimit());
        assertTrue(config.trackViews());
    }

    @Test
    void aBuilderThatBeginsWithSettingsHasAllOfThem() {
        assertEquals(unusual().toString(), unusual().toBuilder().build().toString());
        assertEquals(
                PartitionConfig.defaults().toString(),
                PartitionConfig.defaults().toBuilder().build().toString());
    }

    @Test
    void changingABuilderDoesNotChangeWhatItHasBuilt() {
        PartitionConfig.Builder builder = PartitionConfig.builder();
        PartitionConfig before = builder.build();
        builder.cacheSize(GIB);
        assertEquals(256L << 20, before.cacheSize());
        assertEquals(GIB, builder.build().cacheSize());
    }

    private static PartitionConfig unusual() {
        return built(builder -> builder.cacheSize(1L << 20)
                .writeBufferSize(2L << 20)
                .walMode(WalMode.NONE)
                .walSize(5L << 20)
                .batchedInterval(Duration.ofMillis(3))
                .batchedBytes(8192)
                .commitMode(CommitMode.EXPLICIT)
                .ioBackend(IoBackend.PREAD)
                .eventLoop(EventLoop.shared())
                .createIfMissing(false)
                .readOnly(true)
                .pageSize(8192)
                .inlineValueLimit(2000)
                .trackViews(true));
    }

    @ParameterizedTest
    @CsvSource({"4096, 32768", "8192, 65536", "16384, 131072", "32768, 262144"})
    void theSmallestCacheHasEightPages(int pageSize, long least) {
        assertEquals(least, built(b -> b.pageSize(pageSize).cacheSize(least)).cacheSize());
        assertEquals(
                "cacheSize is from " + least + " to 549755813888, not " + (least - 1),
                refused(b -> b.pageSize(pageSize).cacheSize(least - 1)));
    }

    @Test
    void limitsAreInclusiveAndNamedWithTheValueWhenPassed() {
        long most = 512 * GIB;
        assertEquals(most, built(b -> b.cacheSize(most)).cacheSize());
        assertEquals("cacheSize is from 32768 to " + most + ", not " + (most + 1), refused(b -> b.cacheSize(most + 1)));

        assertEquals(65536, built(b -> b.writeBufferSize(65536)).writeBufferSize());
        assertEquals(16 * GIB, built(b -> b.writeBufferSize(16 * GIB)).writeBufferSize());
        assertEquals("writeBufferSize is from 65536 to 17179869184, not 65535", refused(b -> b.writeBufferSize(65535)));
        assertEquals(
                "writeBufferSize is from 65536 to 17179869184, not 17179869185",
                refused(b -> b.writeBufferSize(16 * GIB + 1)));

        assertEquals(256L << 10, built(b -> b.walSize(256L << 10)).walSize());
        assertEquals(64 * GIB, built(b -> b.walSize(64 * GIB)).walSize());
        assertEquals("walSize is from 262144 to 68719476736, not 0", refused(b -> b.walSize(0)));
        assertEquals("walSize is from 262144 to 68719476736, not -1", refused(b -> b.walSize(-1)));
        assertEquals("walSize is from 262144 to 68719476736, not 68719476737", refused(b -> b.walSize(64 * GIB + 1)));

        assertEquals(4096, built(b -> b.batchedBytes(4096)).batchedBytes());
        assertEquals(GIB, built(b -> b.batchedBytes(GIB)).batchedBytes());
        assertEquals("batchedBytes is from 4096 to 1073741824, not 4095", refused(b -> b.batchedBytes(4095)));
        assertEquals("batchedBytes is from 4096 to 1073741824, not 1073741825", refused(b -> b.batchedBytes(GIB + 1)));
    }

    @Test
    void theIntervalIsAboveZeroAndAtMostAMinute() {
        assertEquals(
                Duration.ofNanos(1),
                built(b -> b.batchedInterval(Duration.ofNanos(1))).batchedInterval());
        assertEquals(
                Duration.ofMinutes(1),
                built(b -> b.batchedInterval(Duration.ofMinutes(1))).batchedInterval());
        assertEquals(
                "batchedInterval is above 0 and at most PT1M, not PT0S",
                refused(b -> b.batchedInterval(Duration.ZERO)));
        assertEquals(
                "batchedInterval is above 0 and at most PT1M, not PT-1S",
                refused(b -> b.batchedInterval(Duration.ofSeconds(-1))));
        assertEquals(
                "batchedInterval is above 0 and at most PT1M, not PT1M0.000000001S",
                refused(b -> b.batchedInterval(Duration.ofMinutes(1).plusNanos(1))));
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 8192, 16384, 32768})
    void anEntryInALeafTakesAtMostHalfOfAPage(int pageSize) {
        int most = pageSize / 2 - 64;
        assertEquals(
                OptionalInt.of(most),
                built(b -> b.pageSize(pageSize).inlineValueLimit(most)).inlineValueLimit());
        assertEquals(
                OptionalInt.of(1024),
                built(b -> b.pageSize(pageSize).inlineValueLimit(1024)).inlineValueLimit());
        assertEquals(
                "inlineValueLimit is from 1024 to " + most + ", not " + (most + 1),
                refused(b -> b.pageSize(pageSize).inlineValueLimit(most + 1)));
        assertEquals(
                "inlineValueLimit is from 1024 to " + most + ", not 1023",
                refused(b -> b.pageSize(pageSize).inlineValueLimit(1023)));
    }

    @ParameterizedTest
    @ValueSource(ints = {-4096, 0, 1, 2048, 4095, 4097, 12288, 32767, 65536, Integer.MIN_VALUE})
    void otherPageSizesAreRefused(int pageSize) {
        assertEquals(
                "pageSize is a power of two from 4096 to 32768, not " + pageSize, refused(b -> b.pageSize(pageSize)));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void explicitCommitsGoWithoutALogOnly(WalMode mode) {
        assertEquals(
                "commitMode EXPLICIT goes with walMode NONE only, not with " + mode,
                refused(b -> b.commitMode(CommitMode.EXPLICIT).walMode(mode)));
        assertEquals(mode, built(b -> b.walMode(mode)).walMode());
    }

    @Test
    void theLogFollowsTheWriteBufferUnlessItsSizeIsGiven() {
        assertEquals(2 * GIB, built(b -> b.writeBufferSize(GIB)).walSize());
        assertEquals(256L << 10, built(b -> b.writeBufferSize(65536)).walSize());
        PartitionConfig larger =
                PartitionConfig.defaults().toBuilder().writeBufferSize(GIB).build();
        assertEquals(2 * GIB, larger.walSize());
    }

    @Test
    void nullsAreRefusedByName() {
        PartitionConfig.Builder builder = PartitionConfig.builder();
        assertEquals("mode", nullRefused(() -> builder.walMode(null)));
        assertEquals("mode", nullRefused(() -> builder.commitMode(null)));
        assertEquals("backend", nullRefused(() -> builder.ioBackend(null)));
        assertEquals("loop", nullRefused(() -> builder.eventLoop(null)));
        assertEquals("interval", nullRefused(() -> builder.batchedInterval(null)));
    }

    private static String nullRefused(Runnable call) {
        return assertThrows(NullPointerException.class, call::run).getMessage();
    }
}
