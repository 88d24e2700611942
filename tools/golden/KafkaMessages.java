// Writes one line for each sample message of Apache Kafka's own generated classes:
//
//   <api key> <version> request|response <hex of header and message> <the fields as text>
//
// Fields are filled from the seed that is the argument; every API and version of the list below that this kafka-clients has gets a full
// sample and a sparse one (nulls, empty arrays, defaults). In the text a struct's fields are sorted by name, and tagged
// fields with their default are left out. Run by ./generate.

import java.io.ByteArrayOutputStream;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;

public class KafkaMessages {
  // Key, first version, last version: what Koine speaks (src/protocols/kafka/api.cc).
  static final int[][] APIS = {
    {0, 0, 9}, {1, 4, 12}, {2, 0, 7}, {3, 0, 12}, {8, 0, 8}, {9, 1, 8}, {10, 0, 4}, {11, 0, 9}, {12, 0, 4},
    {13, 0, 5}, {14, 0, 5}, {15, 0, 5}, {16, 0, 4}, {17, 0, 1}, {18, 0, 4}, {19, 0, 7}, {20, 0, 6}, {21, 0, 2},
    {22, 0, 4}, {23, 2, 4}, {32, 0, 4}, {33, 0, 2}, {35, 0, 4}, {36, 0, 2}, {37, 0, 3}, {42, 0, 2}, {44, 0, 1},
    {47, 0, 0}, {60, 0, 1}, {61, 0, 0}
  };

  // Fields that a later schema calls by another name than the one under which they came, and which we kept.
  static final Map<String, String> FIRST_NAMES = Map.of("generation_id_or_member_epoch", "generation_id");

  static final HexFormat HEX = HexFormat.of();

  static Random random;
  static boolean sparse;

  public static void main(String[] arguments) throws Exception {
    long seed = Long.parseLong(arguments[0]);
    for (int[] api : APIS) {
      ApiMessageType type = ApiMessageType.fromApiKey((short) api[0]);
      for (short version = (short) api[1]; version <= api[2]; ++version) {
        if (version < type.lowestSupportedVersion() || version > highest(type)) continue;
        for (boolean isSparse : new boolean[] {false, true}) {
          random = new Random(seed + 1000L * api[0] + 10L * version + (isSparse ? 1 : 0));
          sparse = isSparse;
          RequestHeaderData header = new RequestHeaderData();
          header.setRequestApiKey((short) api[0]).setRequestApiVersion(version).setCorrelationId(random.nextInt());
          header.setClientId(isSparse ? null : "golden");
          print(api[0], version, "request", header, type.requestHeaderVersion(version), type.newRequest(),
              type.requestSchemas()[version]);
          ResponseHeaderData answer = new ResponseHeaderData().setCorrelationId(random.nextInt());
          print(api[0], version, "response", answer, type.responseHeaderVersion(version), type.newResponse(),
              type.responseSchemas()[version]);
        }
      }
    }
  }

  // Its name and parameters changed between 3.x and 4.x; the number of schemas did not.
  static int highest(ApiMessageType type) {
    return type.requestSchemas().length - 1;
  }

  static void print(int key, short version, String direction, Message header, short headerVersion, ApiMessage message,
      Schema schema) throws Exception {
    fill(message, schema, 0);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(encode(header, headerVersion));
    bytes.write(encode(message, version));
    System.out.println(key + " " + version + " " + direction + " " + HEX.formatHex(bytes.toByteArray()) + " "
        + structText(message, schema));
  }

  static byte[] encode(Message message, short version) {
    ObjectSerializationCache cache = new ObjectSerializationCache();
    ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
    message.write(new ByteBufferAccessor(buffer), cache, version);
    return buffer.array();
  }

  static void fill(Object target, Schema schema, int depth) throws Exception {
    for (BoundField bound : schema.fields()) {
      if (bound.def.type instanceof TaggedFields tagged) {
        for (var field : taggedFields(tagged)) {
          if (!sparse) set(target, field.name, field.type, depth);
        }
      } else {
        set(target, bound.def.name, bound.def.type, depth);
      }
    }
  }

  @SuppressWarnings("unchecked")
  static Collection<org.apache.kafka.common.protocol.types.Field> taggedFields(TaggedFields tagged) throws Exception {
    Field fields = TaggedFields.class.getDeclaredField("fields");
    fields.setAccessible(true);
    return ((Map<Integer, org.apache.kafka.common.protocol.types.Field>) fields.get(tagged)).values();
  }

  static Field fieldOf(Object target, String snake) throws Exception {
    StringBuilder camel = new StringBuilder();
    for (String part : snake.split("_")) {
      camel.append(camel.isEmpty() ? part : Character.toUpperCase(part.charAt(0)) + part.substring(1));
    }
    Field field = target.getClass().getDeclaredField(camel.toString());
    field.setAccessible(true);
    return field;
  }

  static void set(Object target, String name, org.apache.kafka.common.protocol.types.Type type, int depth)
      throws Exception {
    Field field = fieldOf(target, name);
    if (sparse && type.isNullable()) {
      field.set(target, null);
    } else if (type.arrayElementType().isPresent()) {
      Collection<Object> elements = emptyCollection(field);
      int count = sparse ? (depth == 0 ? 1 : 0) : (depth == 0 ? 2 : 1);
      for (int i = 0; i < count; ++i) {
        elements.add(value(elementClass(field), type.arrayElementType().get(), depth + 1));
      }
      field.set(target, elements);
    } else {
      field.set(target, value(field.getType(), type, depth + 1));
    }
  }

  @SuppressWarnings("unchecked")
  static Collection<Object> emptyCollection(Field field) throws Exception {
    if (field.getType() == List.class) return new ArrayList<>();
    return (Collection<Object>) field.getType().getDeclaredConstructor().newInstance();
  }

  static Class<?> elementClass(Field field) {
    Type generic = field.getType() == List.class ? field.getGenericType() : field.getType().getGenericSuperclass();
    return (Class<?>) ((ParameterizedType) generic).getActualTypeArguments()[0];
  }

  static Object value(Class<?> type, org.apache.kafka.common.protocol.types.Type wire, int depth) throws Exception {
    if (wire instanceof Schema schema) {
      Object struct = type.getDeclaredConstructor().newInstance();
      fill(struct, schema, depth);
      return struct;
    }
    if (type == byte.class || type == Byte.class) return (byte) random.nextInt();
    if (type == short.class || type == Short.class) return (short) random.nextInt();
    if (type == int.class || type == Integer.class) return random.nextInt();
    if (type == long.class || type == Long.class) return random.nextLong();
    if (type == boolean.class || type == Boolean.class) return random.nextBoolean();
    if (type == String.class) return text();
    if (type == Uuid.class) return new Uuid(random.nextLong(), random.nextLong());
    if (type == byte[].class) return bytes();
    if (type == ByteBuffer.class) return ByteBuffer.wrap(bytes());
    if (type.getSimpleName().equals("BaseRecords")) return records(type, ByteBuffer.wrap(bytes()));
    throw new IllegalStateException("no value for " + type);
  }

  // The package of the records differs between 3.x and 4.x.
  static Object records(Class<?> base, ByteBuffer buffer) throws Exception {
    return Class.forName(base.getPackageName() + ".MemoryRecords").getMethod("readableRecords", ByteBuffer.class)
        .invoke(null, buffer);
  }

  static byte[] bytes() {
    byte[] bytes = new byte[sparse ? 0 : 1 + random.nextInt(9)];
    random.nextBytes(bytes);
    return bytes;
  }

  static String text() {
    StringBuilder text = new StringBuilder();
    for (int i = sparse ? 0 : 1 + random.nextInt(6); i > 0; --i) text.append("abcdefgh.-_0123é€".charAt(random.nextInt(17)));
    return text.toString();
  }

  static String structText(Object struct, Schema schema) throws Exception {
    Object defaults = struct.getClass().getDeclaredConstructor().newInstance();
    Map<String, String> fields = new TreeMap<>();
    for (BoundField bound : schema.fields()) {
      if (bound.def.type instanceof TaggedFields tagged) {
        for (var field : taggedFields(tagged)) {
          Object value = fieldOf(struct, field.name).get(struct);
          if (Objects.equals(value, fieldOf(defaults, field.name).get(defaults))) continue;
          fields.put(field.name, valueText(value, field.type));
        }
      } else {
        fields.put(FIRST_NAMES.getOrDefault(bound.def.name, bound.def.name), valueText(fieldOf(struct, bound.def.name).get(struct), bound.def.type));
      }
    }
    StringBuilder text = new StringBuilder();
    fields.forEach((name, value) -> text.append(text.isEmpty() ? "" : ",").append(name).append('=').append(value));
    return "{" + text + "}";
  }

  static String valueText(Object value, org.apache.kafka.common.protocol.types.Type type) throws Exception {
    if (value == null) return "null";
    if (type instanceof Schema schema) return structText(value, schema);
    if (value instanceof Collection<?> elements) {
      List<String> texts = new ArrayList<>();
      for (Object element : elements) texts.add(valueText(element, type.arrayElementType().get()));
      return "[" + String.join(",", texts) + "]";
    }
    if (value instanceof String string) return '"' + string + '"';
    if (value instanceof byte[] bytes) return HEX.formatHex(bytes);
    if (value instanceof ByteBuffer buffer) return HEX.formatHex(buffer.array());
    if (value.getClass().getSimpleName().equals("MemoryRecords")) {
      return HEX.formatHex(((ByteBuffer) value.getClass().getMethod("buffer").invoke(value)).array());
    }
    if (value instanceof Uuid uuid) {
      return String.format("%016x%016x", uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
    }
    return value.toString();
  }
}
