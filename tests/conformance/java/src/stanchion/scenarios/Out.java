package stanchion.scenarios;

import com.alibaba.fastjson.JSON;
import com.alibaba.fastjson.JSONObject;
import java.io.PrintStream;

/** Writes one JSON object per line; lines of all threads have one total order. */
final class Out {
    private static final PrintStream STREAM = new PrintStream(System.out, false);

    private Out() {
    }

    static synchronized void write(JSONObject line) {
        STREAM.println(JSON.toJSONString(line));
        STREAM.flush();
    }

    static void event(String kind, String client, JSONObject fields) {
        fields.put("event", kind);
        fields.put("client", client);
        write(fields);
    }
}
