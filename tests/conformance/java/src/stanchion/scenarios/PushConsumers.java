package stanchion.scenarios;

import com.alibaba.fastjson.JSONArray;
import com.alibaba.fastjson.JSONObject;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.impl.consumer.ProcessQueue;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Commands on DefaultMQPushConsumer; each received message becomes an event "message". */
final class PushConsumers {
    private static final Map<String, DefaultMQPushConsumer> ALL = new ConcurrentHashMap<>();

    private PushConsumers() {
    }

    static void register(Map<String, Main.Op> ops) {
        ops.put("push.start", PushConsumers::start);
        ops.put("push.stop", PushConsumers::stop);
        ops.put("push.queues", PushConsumers::queues);
        ops.put("push.persist", PushConsumers::persist);
    }

    private static DefaultMQPushConsumer of(JSONObject args) {
        DefaultMQPushConsumer consumer = ALL.get(args.getString("name"));
        if (consumer == null) {
            throw new IllegalArgumentException("no push consumer " + args.getString("name"));
        }
        return consumer;
    }

    /** The enum moved to another package between the client versions. */
    static void setMessageModel(Object consumer, String model) throws Exception {
        for (Method method : consumer.getClass().getMethods()) {
            if (method.getName().equals("setMessageModel")) {
                for (Object value : method.getParameterTypes()[0].getEnumConstants()) {
                    if (((Enum<?>) value).name().equals(model)) {
                        method.invoke(consumer, value);
                        return;
                    }
                }
            }
        }
        throw new IllegalArgumentException("no message model " + model);
    }

    private static JSONObject start(JSONObject args) throws Exception {
        String name = args.getString("name");
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(args.getString("group"));
        consumer.setNamesrvAddr(args.getString("namesrv"));
        consumer.setInstanceName(name);
        consumer.setPollNameServerInterval(Main.ROUTE_POLL_MS);
        consumer.setVipChannelEnabled(args.getBooleanValue("vip"));
        consumer.setConsumeThreadMin(4);
        consumer.setConsumeThreadMax(4);
        consumer.setConsumeMessageBatchMaxSize(
            args.containsKey("batch") ? args.getIntValue("batch") : 1);
        if (args.containsKey("model")) {
            setMessageModel(consumer, args.getString("model"));
        }
        if (args.containsKey("from")) {
            consumer.setConsumeFromWhere(ConsumeFromWhere.valueOf(args.getString("from")));
        }
        if (args.containsKey("timestamp")) {
            consumer.setConsumeTimestamp(args.getString("timestamp"));
        }
        if (args.containsKey("max_reconsume")) {
            consumer.setMaxReconsumeTimes(args.getIntValue("max_reconsume"));
        }
        if (args.containsKey("suspend_ms")) {
            consumer.setSuspendCurrentQueueTimeMillis(args.getIntValue("suspend_ms"));
        }
        String expression = args.getString("expression");
        for (Object topic : args.getJSONArray("topics")) {
            consumer.subscribe((String) topic, expression == null ? "*" : expression);
        }
        if (args.getBooleanValue("orderly")) {
            consumer.setMessageListener(orderly(name, args.getIntValue("fail_times")));
        } else {
            consumer.setMessageListener(concurrently(name, args.getIntValue("fail_times")));
        }
        consumer.start();
        ALL.put(name, consumer);
        return null;
    }

    private static boolean report(String name, List<MessageExt> messages, int failTimes) {
        boolean fail = false;
        for (MessageExt message : messages) {
            boolean again = message.getReconsumeTimes() < failTimes;
            fail |= again;
            JSONObject fields = Messages.describe(message);
            fields.put("failed", again);
            Out.event("message", name, fields);
        }
        return fail;
    }

    private static MessageListenerConcurrently concurrently(String name, int failTimes) {
        return (messages, context) -> report(name, messages, failTimes)
            ? ConsumeConcurrentlyStatus.RECONSUME_LATER
            : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    }

    private static MessageListenerOrderly orderly(String name, int failTimes) {
        return (messages, context) -> report(name, messages, failTimes)
            ? ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT
            : ConsumeOrderlyStatus.SUCCESS;
    }

    private static JSONObject stop(JSONObject args) {
        of(args).shutdown();
        ALL.remove(args.getString("name"));
        return null;
    }

    /** The queues held now, without those of the retry topic. */
    private static JSONObject queues(JSONObject args) {
        JSONArray held = new JSONArray();
        of(args).getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable()
            .forEach((MessageQueue queue, ProcessQueue process) -> {
                if (!process.isDropped() && !queue.getTopic().startsWith("%RETRY%")) {
                    held.add(queue.getTopic() + "/" + queue.getQueueId());
                }
            });
        JSONObject reply = new JSONObject();
        reply.put("queues", held);
        return reply;
    }

    private static JSONObject persist(JSONObject args) {
        of(args).getDefaultMQPushConsumerImpl().persistConsumerOffset();
        return null;
    }
}
