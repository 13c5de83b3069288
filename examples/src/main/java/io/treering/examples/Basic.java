package io.treering.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treering.CheckReport;
import io.treering.Cursor;
import io.treering.KeyRange;
import io.treering.Partition;
import io.treering.Scan;
import io.treering.Slice;
import io.treering.Snapshot;
import io.treering.WriteBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A tour of the API: each step says what it does, then does it, then shows what came of it.
///
/// Takes a directory as its argument; without one it uses a new one among the temporary files, and deletes it.
public final class Basic {
    private Basic() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length > 0) {
            tour(Path.of(arguments[0]));
            return;
        }
        Path directory = Files.createTempDirectory("treering-basic-");
        try {
            tour(directory);
        } finally {
            delete(directory);
        }
    }

    private static void tour(Path directory) {
        say("Partition.open(" + directory + ")");
        try (Partition db = Partition.open(directory)) {
            show("backend", db.stats().backend() + ": " + db.stats().backendReason());
            putAndGet(db);
            ranges(db);
            snapshot(db);
            batch(db);
            say("close()  everything is flushed first");
        }
        say("Partition.open(" + directory + ")  once more");
        try (Partition db = Partition.open(directory)) {
            for (String key : List.of("tree/ash", "tree/oak", "tree/yew", "well")) {
                show("get(\"" + key + "\")", text(db.get(bytes(key))));
            }
            CheckReport report = db.check();
            show("check()", report.isClean() ? "clean, " + report.entries() + " entries" : report.toString());
        }
    }

    private static void putAndGet(Partition db) {
        say("put: keys and values are byte strings");
        db.put(bytes("tree/oak"), bytes("Quercus"));
        db.put(bytes("tree/ash"), bytes("Fraxinus"));
        db.put(bytes("tree/yew"), bytes("Taxus"));
        db.put(bytes("bush/box"), bytes("Buxus"));
        db.put(bytes("well"), bytes("water"));

        say("flush(): merged into the tree and durable");
        db.flush();

        say("get: a copy, or null");
        show("get(\"tree/oak\")", text(db.get(bytes("tree/oak"))));
        show("get(\"tree/elm\")", text(db.get(bytes("tree/elm"))));

        say("get into an array of your own: no allocation; returns the whole length, or -1");
        byte[] into = new byte[4];
        int length = db.get(bytes("tree/ash"), into);
        show("get(\"tree/ash\", byte[4])", length + " bytes, of which fit: " + text(into));

        say("read: looks at the value where it lies");
        Byte first = db.read(bytes("tree/yew"), value -> value.byteAt(0));
        show("read(\"tree/yew\", first byte)", first == null ? "absent" : "'" + (char) first.byteValue() + "'");
    }

    private static void ranges(Partition db) {
        say("scan(): all entries in the order of their keys, streaming");
        try (Scan scan = db.scan()) {
            show(scan);
        }
        say("scan(KeyRange.prefix(\"tree/\"))");
        try (Scan scan = db.scan(KeyRange.prefix(bytes("tree/")))) {
            show(scan);
        }
        say("scan(KeyRange.prefix(\"tree/\").reversed())");
        try (Scan scan = db.scan(KeyRange.prefix(bytes("tree/")).reversed())) {
            show(scan);
        }
        say("cursor(): moves both ways");
        try (Cursor cursor = db.cursor()) {
            if (cursor.seek(bytes("tree/b"))) {
                show("seek(\"tree/b\")", text(cursor.key()));
            }
            if (cursor.previous()) {
                show("previous()", text(cursor.key()));
            }
        }
    }

    private static void snapshot(Partition db) {
        say("snapshot(): the present, kept while writes go on");
        try (Snapshot before = db.snapshot()) {
            db.put(bytes("tree/oak"), bytes("Quercus robur"));
            db.delete(bytes("bush/box"));
            db.flush();
            show("partition.get(\"tree/oak\")", text(db.get(bytes("tree/oak"))));
            show("snapshot.get(\"tree/oak\")", text(before.get(bytes("tree/oak"))));
            show("partition.contains(\"bush/box\")", String.valueOf(db.contains(bytes("bush/box"))));
            show("snapshot.contains(\"bush/box\")", String.valueOf(before.contains(bytes("bush/box"))));
        }
    }

    private static void batch(Partition db) {
        say("write(batch): all of it or none, also after a crash");
        WriteBatch batch = new WriteBatch();
        batch.put(bytes("tree/elm"), bytes("Ulmus"));
        batch.put(bytes("tree/fir"), bytes("Abies"));
        batch.delete(bytes("well"));
        show("batch", batch.toString());
        db.write(batch);
        show(
                "multiGet(elm, fir, well)",
                db.multiGet(List.of(bytes("tree/elm"), bytes("tree/fir"), bytes("well"))).stream()
                        .map(Basic::text)
                        .toList()
                        .toString());
    }

    private static void show(Scan scan) {
        while (scan.advance()) {
            // Key and value show the current entry, without a copy. To keep them, copy them.
            show(text(scan.key()), text(scan.value()));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static String text(byte @Nullable [] bytes) {
        return bytes == null ? "null" : new String(bytes, UTF_8);
    }

    private static String text(Slice slice) {
        return new String(slice.toByteArray(), UTF_8);
    }

    private static void say(String step) {
        System.out.println();
        System.out.println("# " + step);
    }

    private static void show(String what, String result) {
        System.out.printf("  %-30s %s%n", what, result);
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
