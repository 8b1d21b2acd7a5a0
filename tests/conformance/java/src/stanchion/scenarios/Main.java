package stanchion.scenarios;

import com.alibaba.fastjson.JSON;
import com.alibaba.fastjson.JSONObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Drives stock clients by commands: one JSON object per input line,
 * {"id":1,"op":"producer.send",...}; answers {"reply":1,"ok":true,...} and events as they happen.
 * Commands run side by side; the end of the input ends the process.
 */
public final class Main {
    /** Clients look for changed routes this often instead of every 30 s. */
    static final int ROUTE_POLL_MS = 2000;

    /** One command: takes the arguments, returns the fields of the answer. */
    interface Op {
        JSONObject run(JSONObject args) throws Exception;
    }

    private static final Map<String, Op> OPS = new TreeMap<>();

    private Main() {
    }

    private static void execute(JSONObject command) {
        JSONObject reply = new JSONObject();
        try {
            Op op = OPS.get(command.getString("op"));
            if (op == null) {
                throw new IllegalArgumentException("no such op " + command.getString("op"));
            }
            JSONObject fields = op.run(command);
            if (fields != null) {
                reply.putAll(fields);
            }
            reply.put("ok", true);
        } catch (Throwable failure) {
            reply.put("ok", false);
            reply.put("error", String.valueOf(failure));
        }
        reply.put("reply", command.getIntValue("id"));
        Out.write(reply);
    }

    public static void main(String[] args) throws Exception {
        Producers.register(OPS);
        PushConsumers.register(OPS);
        PullConsumers.register(OPS);
        ExecutorService pool = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        JSONObject hello = new JSONObject();
        hello.put("hello", true);
        Out.write(hello);
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JSONObject command = JSON.parseObject(line);
            pool.execute(() -> execute(command));
        }
        Runtime.getRuntime().halt(0);
    }
}
