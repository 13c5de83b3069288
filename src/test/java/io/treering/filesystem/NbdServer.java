package io.treering.filesystem;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/// Serves a [RecordedDisk] as a network block device on a Unix socket: the fixed newstyle handshake and simple replies,
/// as the protocol's description has them (github.com/NetworkBlockDevice/nbd, doc/proto.md).
final class NbdServer implements AutoCloseable {
    private static final long MAGIC = 0x4e42_444d_4147_4943L;
    private static final long OPTION_MAGIC = 0x4948_4156_454f_5054L;
    private static final long OPTION_REPLY_MAGIC = 0x0003_e889_0455_65a9L;
    private static final int REQUEST_MAGIC = 0x2560_9513;
    private static final int REPLY_MAGIC = 0x6744_6698;

    private static final int FIXED_NEWSTYLE = 1;
    private static final int NO_ZEROES = 2;

    private static final int EXPORT_NAME = 1;
    private static final int ABORT = 2;
    private static final int INFO = 6;
    private static final int GO = 7;

    private static final int ACKNOWLEDGED = 1;
    private static final int INFORMATION = 3;
    private static final int UNSUPPORTED = 0x8000_0001;

    private static final int HAS_FLAGS = 1;
    private static final int SENDS_FLUSH = 1 << 2;
    private static final int SENDS_FUA = 1 << 3;
    private static final int SENDS_TRIM = 1 << 5;
    private static final int SENDS_WRITE_ZEROES = 1 << 6;
    private static final int TRANSMISSION_FLAGS = HAS_FLAGS | SENDS_FLUSH | SENDS_FUA | SENDS_TRIM | SENDS_WRITE_ZEROES;

    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int DISCONNECT = 2;
    private static final int FLUSH = 3;
    private static final int TRIM = 4;
    private static final int WRITE_ZEROES = 6;
    private static final int FUA = 1;

    private static final int EIO = 5;
    private static final int EINVAL = 22;
    private static final int MOST_BYTES = 32 << 20;

    private final RecordedDisk disk;
    private final ServerSocketChannel server;

    NbdServer(RecordedDisk disk, Path socket) throws IOException {
        this.disk = disk;
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofPlatform().daemon().name("nbd-server").start(this::accept);
    }

    private void accept() {
        while (true) {
            try {
                SocketChannel client = server.accept();
                Thread.ofPlatform().daemon().name("nbd-client").start(() -> serve(client));
            } catch (AsynchronousCloseException closed) {
                return;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void serve(SocketChannel client) {
        try (client) {
            DataInputStream in = new DataInputStream(new java.io.BufferedInputStream(Channels.newInputStream(client)));
            DataOutputStream out =
                    new DataOutputStream(new java.io.BufferedOutputStream(Channels.newOutputStream(client), 1 << 17));
            if (negotiate(in, out)) {
                transmit(in, out);
            }
        } catch (EOFException left) {
            // The client has gone without a word, as it may.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @return whether there is anything to follow
    private boolean negotiate(DataInputStream in, DataOutputStream out) throws IOException {
        out.writeLong(MAGIC);
        out.writeLong(OPTION_MAGIC);
        out.writeShort(FIXED_NEWSTYLE | NO_ZEROES);
        out.flush();
        boolean zeroes = (in.readInt() & NO_ZEROES) == 0;
        while (true) {
            if (in.readLong() != OPTION_MAGIC) {
                throw new IOException("the client does not speak the protocol");
            }
            int option = in.readInt();
            in.skipNBytes(in.readInt());
            switch (option) {
                case EXPORT_NAME -> {
                    out.writeLong(disk.size());
                    out.writeShort(TRANSMISSION_FLAGS);
                    out.write(new byte[zeroes ? 124 : 0]);
                    out.flush();
                    return true;
                }
                case INFO, GO -> {
                    replyToOption(out, option, INFORMATION, 12);
                    out.writeShort(0);
                    out.writeLong(disk.size());
                    out.writeShort(TRANSMISSION_FLAGS);
                    replyToOption(out, option, ACKNOWLEDGED, 0);
                    out.flush();
                    if (option == GO) {
                        return true;
                    }
                }
                case ABORT -> {
                    replyToOption(out, option, ACKNOWLEDGED, 0);
                    out.flush();
                    return false;
                }
                default -> {
                    replyToOption(out, option, UNSUPPORTED, 0);
                    out.flush();
                }
            }
        }
    }

    private static void replyToOption(DataOutputStream out, int option, int type, int length) throws IOException {
        out.writeLong(OPTION_REPLY_MAGIC);
        out.writeInt(option);
        out.writeInt(type);
        out.writeInt(length);
    }

    private void transmit(DataInputStream in, DataOutputStream out) throws IOException {
        while (true) {
            if (in.readInt() != REQUEST_MAGIC) {
                throw new IOException("the client does not speak the protocol");
            }
            boolean fua = (in.readUnsignedShort() & FUA) != 0;
            int type = in.readUnsignedShort();
            long handle = in.readLong();
            long offset = in.readLong();
            int length = in.readInt();
            if (type == DISCONNECT) {
                return;
            }
            byte[] data = new byte[type == READ || type == WRITE ? Math.clamp(length, 0, MOST_BYTES) : 0];
            if (type == WRITE) {
                in.readFully(data);
            }
            int error = carryOut(type, offset, length, data, fua);
            out.writeInt(REPLY_MAGIC);
            out.writeInt(error);
            out.writeLong(handle);
            if (type == READ && error == 0) {
                out.write(data);
            }
            if (in.available() == 0) {
                out.flush();
            }
        }
    }

    private int carryOut(int type, long offset, int length, byte[] data, boolean fua) {
        if (offset < 0 || offset + Integer.toUnsignedLong(length) > disk.size()) {
            return EINVAL;
        }
        boolean done = switch (type) {
            case READ -> disk.read(offset, data);
            case WRITE -> disk.write(offset, data, fua);
            case FLUSH -> disk.flush();
            case TRIM, WRITE_ZEROES -> disk.zero(offset, length, fua);
            default -> false;
        };
        return done ? 0 : EIO;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
