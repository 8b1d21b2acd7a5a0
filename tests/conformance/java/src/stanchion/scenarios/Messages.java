package stanchion.scenarios;

import com.alibaba.fastjson.JSONObject;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import org.apache.rocketmq.common.message.MessageExt;

/** The event that tells of one received message. */
final class Messages {
    private static final int SHOWN_BODY = 200;

    private Messages() {
    }

    static JSONObject describe(MessageExt message) {
        JSONObject fields = new JSONObject();
        fields.put("topic", message.getTopic());
        fields.put("queue", message.getQueueId());
        fields.put("offset", message.getQueueOffset());
        fields.put("tags", message.getTags());
        fields.put("keys", message.getKeys());
        fields.put("msg_id", message.getMsgId());
        fields.put("reconsume", message.getReconsumeTimes());
        fields.put("sys_flag", message.getSysFlag());
        fields.put("born", message.getBornTimestamp());
        fields.put("stored", message.getStoreTimestamp());
        fields.put("received", System.currentTimeMillis());
        fields.put("properties", message.getProperties());
        byte[] body = message.getBody();
        CRC32 crc = new CRC32();
        crc.update(body);
        fields.put("length", body.length);
        fields.put("crc", crc.getValue());
        String text = new String(body, 0, Math.min(body.length, SHOWN_BODY), StandardCharsets.UTF_8);
        fields.put("body", text);
        if (text.startsWith("@")) {
            long sent = Long.parseLong(text.substring(1, text.indexOf(' ')));
            fields.put("latency_us", (System.nanoTime() - sent) / 1000);
        }
        return fields;
    }
}
