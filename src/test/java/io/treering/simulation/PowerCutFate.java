package io.treering.simulation;

import java.util.SplittableRandom;

/// What becomes of the cached versions of sectors when the power goes. Which kind it is makes all the difference: if
/// each sector were drawn by itself, hardly any write of eight of them would ever survive as a whole.
public final class PowerCutFate {
    private enum Kind {
        /// Nothing survives.
        NOTHING,
        /// All survives.
        EVERYTHING,
        /// Each write is dropped, kept or torn.
        BY_WRITE,
        /// Each sector is drawn by itself.
        BY_SECTOR,
        /// The older writes survive.
        OLDEST,
        /// The younger writes survive, and the older ones, on which they rest, do not.
        NEWEST,
        /// All but one.
        ALL_BUT_ONE,
        /// One only.
        ONE,
        /// Each write is torn: every other sector survives, or every other two, or four.
        TORN
    }

    private static final Kind[] KINDS = Kind.values();

    /// Where a sector is torn: at a multiple of so many bytes.
    private static final int GRAIN = 64;

    private final Kind kind;
    private final int perMille;
    private final long salt;
    private final double place;
    private final int tornPerMille;
    private int last;
    private int chosen;

    public PowerCutFate(SplittableRandom random) {
        this(KINDS[random.nextInt(KINDS.length)], random);
    }

    private PowerCutFate(Kind kind, SplittableRandom random) {
        this.kind = kind;
        perMille = random.nextInt(1001);
        salt = random.nextLong();
        place = random.nextDouble();
        tornPerMille = switch (random.nextInt(8)) {
            case 0 -> 300;
            case 1 -> 900;
            default -> 0;
        };
    }

    /// One that tears each write of eight sectors and more, and those of fewer as well or not.
    static PowerCutFate tearing(SplittableRandom random) {
        return new PowerCutFate(Kind.TORN, random);
    }

    /// Where most things happen: among the last writes.
    public void begin(int writes) {
        last = writes;
        int among = Math.min(writes, salt % 2 == 0 ? 8 : 64);
        chosen = writes - (int) (place * among);
    }

    public boolean survives(int write, int sector) {
        return switch (kind) {
            case NOTHING -> false;
            case EVERYTHING -> true;
            case BY_WRITE -> {
                int fate = draw(write);
                yield fate < perMille || (draw(write ^ 0x5555) < 300 && draw(31 * write + sector) < 500);
            }
            case BY_SECTOR -> draw(sector) < perMille;
            case OLDEST -> write < chosen || (write == chosen && draw(sector) < perMille);
            case NEWEST -> write > chosen || (write == chosen && draw(sector) < perMille);
            case ALL_BUT_ONE -> write != chosen || draw(sector) < perMille / 2;
            case ONE -> write == chosen && (perMille < 500 || draw(sector) < perMille);
            case TORN -> ((sector >>> perMille % 3) + draw(write) & 1) == 0;
        };
    }

    /// How many bytes of a sector that survives do: in some power cuts, sectors are torn. Drives promise that they are
    /// not, but nothing that matters need rest on it.
    int survivingBytes(int sector) {
        int fate = draw(sector ^ 0x7777_7777);
        return fate < tornPerMille ? fate % (SimulatedDisk.SECTOR / GRAIN) * GRAIN : SimulatedDisk.SECTOR;
    }

    /// Which of the sizes since the last sync survives.
    int survivingSize(int count, SplittableRandom random) {
        return switch (kind) {
            case EVERYTHING -> count - 1;
            case NOTHING -> 0;
            default -> random.nextInt(count);
        };
    }

    private int draw(int what) {
        long mixed = (salt ^ what) * 0xbf58_476d_1ce4_e5b9L;
        mixed ^= mixed >>> 32;
        mixed *= 0x94d0_49bb_1331_11ebL;
        return (int) ((mixed >>> 33) % 1000);
    }

    @Override
    public String toString() {
        return kind + " " + perMille + " (of " + last + " writes, " + chosen + ")";
    }
}
