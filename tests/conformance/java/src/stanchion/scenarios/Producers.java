package stanchion.scenarios;

import com.alibaba.fastjson.JSONArray;
import com.alibaba.fastjson.JSONObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Commands on DefaultMQProducer. */
final class Producers {
    private static final Map<String, DefaultMQProducer> ALL = new ConcurrentHashMap<>();

    private Producers() {
    }

    static void register(Map<String, Main.Op> ops) {
        ops.put("producer.start", Producers::start);
        ops.put("producer.stop", Producers::stop);
        ops.put("producer.send", Producers::send);
        ops.put("producer.batch", Producers::batch);
        ops.put("producer.queues", Producers::queues);
        ops.put("producer.paced", Producers::paced);
        ops.put("producer.view", Producers::view);
        ops.put("producer.find", Producers::find);
    }

    private static DefaultMQProducer of(JSONObject args) {
        DefaultMQProducer producer = ALL.get(args.getString("name"));
        if (producer == null) {
            throw new IllegalArgumentException("no producer " + args.getString("name"));
        }
        return producer;
    }

    private static JSONObject start(JSONObject args) throws Exception {
        String name = args.getString("name");
        DefaultMQProducer producer = new DefaultMQProducer(args.getString("group"));
        producer.setNamesrvAddr(args.getString("namesrv"));
        producer.setInstanceName(name);
        producer.setVipChannelEnabled(args.getBooleanValue("vip"));
        producer.setMaxMessageSize(8 << 20);
        if (args.containsKey("timeout_ms")) {
            producer.setSendMsgTimeout(args.getIntValue("timeout_ms"));
        }
        if (args.containsKey("retries")) {
            producer.setRetryTimesWhenSendFailed(args.getIntValue("retries"));
            producer.setRetryTimesWhenSendAsyncFailed(args.getIntValue("retries"));
        }
        if (args.containsKey("compress_over")) {
            producer.setCompressMsgBodyOverHowmuch(args.getIntValue("compress_over"));
        }
        producer.start();
        ALL.put(name, producer);
        return null;
    }

    private static JSONObject stop(JSONObject args) {
        of(args).shutdown();
        ALL.remove(args.getString("name"));
        return null;
    }

    /** The body of message i: `body` with %d replaced, filled up with a repeated text to `size`. */
    private static byte[] body(JSONObject args, int i) {
        String text = args.getString("body").replace("%d", Integer.toString(i));
        int size = args.getIntValue("size");
        StringBuilder filled = new StringBuilder(text);
        for (int k = 0; filled.length() < size; k++) {
            filled.append("|filler ").append(k % 1000);
        }
        if (size > 0) {
            filled.setLength(Math.max(size, text.length()));
        }
        return filled.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Message message(JSONObject args, int i) {
        Message message = new Message(args.getString("topic"), body(args, i));
        JSONArray tags = args.getJSONArray("tags");
        if (tags != null && !tags.isEmpty()) {
            message.setTags(tags.getString(i % tags.size()));
        }
        if (args.containsKey("key")) {
            message.setKeys(args.getString("key").replace("%d", Integer.toString(i)));
        }
        if (args.containsKey("delay")) {
            message.setDelayTimeLevel(args.getIntValue("delay"));
        }
        JSONObject properties = args.getJSONObject("properties");
        if (properties != null) {
            for (String key : properties.keySet()) {
                message.putUserProperty(key, properties.getString(key));
            }
        }
        return message;
    }

    private static JSONObject describe(SendResult result) {
        JSONObject fields = new JSONObject();
        fields.put("status", result.getSendStatus().name());
        fields.put("msg_id", result.getMsgId());
        fields.put("offset_msg_id", result.getOffsetMsgId());
        fields.put("queue", result.getMessageQueue().getQueueId());
        fields.put("offset", result.getQueueOffset());
        return fields;
    }

    private static JSONObject failure(Throwable cause) {
        JSONObject fields = new JSONObject();
        fields.put("status", "EXCEPTION");
        fields.put("error", String.valueOf(cause));
        return fields;
    }

    /** Picks the queue: fixed by `queue`, by sequence number modulo `order_keys`, or the client's. */
    private static SendResult sendSync(DefaultMQProducer producer, JSONObject args, int i)
        throws Exception {
        Message message = message(args, i);
        if (args.containsKey("queue")) {
            int queue = args.getIntValue("queue");
            return producer.send(message, (queues, m, arg) -> queues.stream()
                .filter(q -> q.getQueueId() == queue).findFirst().orElseThrow(), null);
        }
        if (args.containsKey("order_keys")) {
            int key = i % args.getIntValue("order_keys");
            return producer.send(message, (queues, m, arg) -> queues.get(key % queues.size()), null);
        }
        return producer.send(message);
    }

    private static void sendAsync(DefaultMQProducer producer, JSONObject args, int i,
        JSONArray results, CountDownLatch left) {
        SendCallback callback = new SendCallback() {
            @Override
            public void onSuccess(SendResult result) {
                add(describe(result));
            }

            @Override
            public void onException(Throwable cause) {
                add(failure(cause));
            }

            private void add(JSONObject fields) {
                fields.put("i", i);
                synchronized (results) {
                    results.add(fields);
                }
                left.countDown();
            }
        };
        try {
            producer.send(message(args, i), callback);
        } catch (Exception cause) {
            callback.onException(cause);
        }
    }

    private static JSONObject send(JSONObject args) throws Exception {
        DefaultMQProducer producer = of(args);
        int first = args.getIntValue("first");
        int count = args.containsKey("count") ? args.getIntValue("count") : 1;
        String mode = args.getString("mode");
        JSONArray results = new JSONArray();
        CountDownLatch left = new CountDownLatch(count);
        for (int i = first; i < first + count; i++) {
            if ("async".equals(mode)) {
                sendAsync(producer, args, i, results, left);
            } else if ("oneway".equals(mode)) {
                producer.sendOneway(message(args, i));
            } else {
                try {
                    results.add(describe(sendSync(producer, args, i)));
                } catch (Exception cause) {
                    results.add(failure(cause));
                }
            }
        }
        if ("async".equals(mode) && !left.await(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException(left.getCount() + " callbacks missing after 60 s");
        }
        JSONObject reply = new JSONObject();
        reply.put("results", results);
        return reply;
    }

    private static JSONObject batch(JSONObject args) throws Exception {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < args.getIntValue("count"); i++) {
            messages.add(message(args, i));
        }
        JSONObject reply = new JSONObject();
        reply.put("result", describe(of(args).send(messages)));
        return reply;
    }

    private static JSONObject queues(JSONObject args) throws Exception {
        JSONArray ids = new JSONArray();
        for (MessageQueue queue : of(args).fetchPublishMessageQueues(args.getString("topic"))) {
            ids.add(queue.getQueueId());
        }
        JSONObject reply = new JSONObject();
        reply.put("queues", ids);
        return reply;
    }

    /** The message of an id, either the broker's or the client's. */
    private static JSONObject view(JSONObject args) throws Exception {
        return Messages.describe(of(args).viewMessage(args.getString("topic"), args.getString("message")));
    }

    private static JSONObject find(JSONObject args) throws Exception {
        JSONArray messages = new JSONArray();
        for (MessageExt message : of(args).queryMessage(args.getString("topic"),
            args.getString("key"), args.getIntValue("max"), args.getLongValue("begin"),
            args.getLongValue("end")).getMessageList()) {
            messages.add(Messages.describe(message));
        }
        JSONObject reply = new JSONObject();
        reply.put("messages", messages);
        return reply;
    }

    /** Sends one message after each of `gaps_ms`; the body is "@<nanoTime> <i>". */
    private static JSONObject paced(JSONObject args) throws Exception {
        DefaultMQProducer producer = of(args);
        JSONArray gaps = args.getJSONArray("gaps_ms");
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        JSONArray failures = new JSONArray();
        try {
            for (int i = 0; i < gaps.size(); i++) {
                int index = i;
                clock.schedule(() -> {
                    String body = "@" + System.nanoTime() + " " + index;
                    Message message = new Message(args.getString("topic"), body.getBytes());
                    SendResult result = producer.send(message);
                    if (!"SEND_OK".equals(result.getSendStatus().name())) {
                        failures.add(result.toString());
                    }
                    return null;
                }, gaps.getIntValue(i), TimeUnit.MILLISECONDS).get();
            }
        } finally {
            clock.shutdownNow();
        }
        JSONObject reply = new JSONObject();
        reply.put("failures", failures);
        return reply;
    }
}
