package io.treering.simulation;

/// Something that a client does.
///
/// @param client who does it
/// @param key index of the key; of those that the client may write, where something is written
/// @param length of the value in bytes; for a scan, how many keys it is to cover; for a pause, its microseconds
/// @param batch keys and value lengths of a batch in turn, -1 for a delete; empty for everything else
record Action(int client, Kind kind, int key, int length, int[] batch) {
    enum Kind {
        PUT,
        DELETE,
        BATCH,
        GET,
        MULTI_GET,
        SCAN,
        REVERSED_SCAN,
        RANGE_SCAN,
        WALK,
        SNAPSHOT,
        LOOK_AT_SNAPSHOT,
        DROP_SNAPSHOT,
        FLUSH,
        SYNC,
        PAUSE,
        CHECK
    }

    static final int DELETED = -1;

    static Action put(int client, int key, int length) {
        return new Action(client, Kind.PUT, key, length, new int[0]);
    }

    static Action of(int client, Kind kind, int key, int length) {
        return new Action(client, kind, key, length, new int[0]);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("client " + client + ": " + kind);
        switch (kind) {
            case PUT ->
                text.append(" key ").append(key).append(", ").append(length).append(" bytes");
            case DELETE, GET -> text.append(" key ").append(key);
            case MULTI_GET, SCAN, REVERSED_SCAN, RANGE_SCAN, WALK ->
                text.append(" from key ")
                        .append(key)
                        .append(", ")
                        .append(length)
                        .append(" keys");
            case PAUSE -> text.append(" of ").append(length).append(" µs");
            case BATCH -> {
                for (int i = 0; i < batch.length; i += 2) {
                    text.append(i == 0 ? " " : ", ").append("key ").append(batch[i]);
                    text.append(batch[i + 1] == DELETED ? " deleted" : " " + batch[i + 1] + " bytes");
                }
            }
            default -> text.append("");
        }
        return text.toString();
    }
}
