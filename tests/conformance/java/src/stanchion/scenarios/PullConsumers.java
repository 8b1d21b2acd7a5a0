package stanchion.scenarios;

import com.alibaba.fastjson.JSONArray;
import com.alibaba.fastjson.JSONObject;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Commands on DefaultMQPullConsumer ("pull.") and DefaultLitePullConsumer ("lite."). */
@SuppressWarnings("deprecation")
final class PullConsumers {
    private static final Map<String, DefaultMQPullConsumer> PULL = new ConcurrentHashMap<>();
    private static final Map<String, DefaultLitePullConsumer> LITE = new ConcurrentHashMap<>();

    private PullConsumers() {
    }

    static void register(Map<String, Main.Op> ops) {
        ops.put("pull.start", PullConsumers::start);
        ops.put("pull.pull", PullConsumers::pull);
        ops.put("pull.commit", PullConsumers::commit);
        ops.put("pull.stop", args -> {
            PULL.remove(args.getString("name")).shutdown();
            return null;
        });
        ops.put("lite.start", PullConsumers::liteStart);
        ops.put("lite.poll", PullConsumers::litePoll);
        ops.put("lite.commit", args -> {
            LITE.get(args.getString("name")).commitSync();
            return null;
        });
        ops.put("lite.stop", args -> {
            LITE.remove(args.getString("name")).shutdown();
            return null;
        });
    }

    private static JSONObject start(JSONObject args) throws Exception {
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(args.getString("group"));
        consumer.setNamesrvAddr(args.getString("namesrv"));
        consumer.setInstanceName(args.getString("name"));
        consumer.setPollNameServerInterval(Main.ROUTE_POLL_MS);
        consumer.setVipChannelEnabled(args.getBooleanValue("vip"));
        consumer.start();
        PULL.put(args.getString("name"), consumer);
        return null;
    }

    private static MessageQueue queue(DefaultMQPullConsumer consumer, JSONObject args)
        throws Exception {
        int id = args.getIntValue("queue");
        return consumer.fetchSubscribeMessageQueues(args.getString("topic")).stream()
            .filter(q -> q.getQueueId() == id).findFirst().orElseThrow();
    }

    private static JSONObject pull(JSONObject args) throws Exception {
        DefaultMQPullConsumer consumer = PULL.get(args.getString("name"));
        String expression = args.containsKey("expression") ? args.getString("expression") : "*";
        PullResult result = args.getBooleanValue("block")
            ? consumer.pullBlockIfNotFound(queue(consumer, args), expression,
                args.getLongValue("offset"), args.getIntValue("max"))
            : consumer.pull(queue(consumer, args), expression,
                args.getLongValue("offset"), args.getIntValue("max"));
        JSONArray messages = new JSONArray();
        if (result.getMsgFoundList() != null) {
            for (MessageExt message : result.getMsgFoundList()) {
                messages.add(Messages.describe(message));
            }
        }
        JSONObject reply = new JSONObject();
        reply.put("status", result.getPullStatus().name());
        reply.put("next", result.getNextBeginOffset());
        reply.put("min", result.getMinOffset());
        reply.put("max", result.getMaxOffset());
        reply.put("messages", messages);
        return reply;
    }

    private static JSONObject commit(JSONObject args) throws Exception {
        DefaultMQPullConsumer consumer = PULL.get(args.getString("name"));
        MessageQueue queue = queue(consumer, args);
        if (args.containsKey("offset")) {
            consumer.updateConsumeOffset(queue, args.getLongValue("offset"));
            consumer.getDefaultMQPullConsumerImpl().persistConsumerOffset();
            consumer.getOffsetStore().persist(queue);
        }
        JSONObject reply = new JSONObject();
        reply.put("offset", consumer.fetchConsumeOffset(queue, true));
        return reply;
    }

    private static JSONObject liteStart(JSONObject args) throws Exception {
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(args.getString("group"));
        consumer.setNamesrvAddr(args.getString("namesrv"));
        consumer.setInstanceName(args.getString("name"));
        consumer.setPollNameServerInterval(Main.ROUTE_POLL_MS);
        consumer.setVipChannelEnabled(args.getBooleanValue("vip"));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setAutoCommit(args.getBooleanValue("auto_commit"));
        consumer.subscribe(args.getString("topic"),
            args.containsKey("expression") ? args.getString("expression") : "*");
        consumer.start();
        LITE.put(args.getString("name"), consumer);
        return null;
    }

    private static JSONObject litePoll(JSONObject args) {
        JSONArray messages = new JSONArray();
        for (MessageExt message : LITE.get(args.getString("name"))
            .poll(args.getLongValue("timeout_ms"))) {
            messages.add(Messages.describe(message));
        }
        JSONObject reply = new JSONObject();
        reply.put("messages", messages);
        return reply;
    }
}
