#include "queue_table.h"

#include <algorithm>
#include <bit>

#include "record.h"
#include "segment_set.h"
#include "stanchion/protocol/bytes.h"

namespace stn::store_mmap {
namespace {

// The disk reads for this many queues at once, about: waits one after the other would be what a start takes.
constexpr size_t k_found_ahead = 128;

}  // namespace

queue_table::queue_table(queue_files &files, const settings &s, counters &stats)
    : files_(files), stats_(stats), dir_(s.dir + "/consumequeue") {}

queue_table::~queue_table() = default;

// The name becomes a directory, so it must not lead anywhere else.
static bool is_usable_name(std::string_view name) {
  if (name.empty() || name.size() > k_topic_max || name == "." || name == "..") return false;
  return std::none_of(name.begin(), name.end(),
                      [](char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20; });
}

result<uint32_t> queue_table::intern(std::string_view name) {
  if (!is_usable_name(name)) return status(STN_E_INVALID, "not a topic name");
  std::lock_guard lock(mu_);
  auto [it, fresh] = numbers_.try_emplace(std::string(name), 0);
  if (!fresh) return it->second;
  auto number = static_cast<uint32_t>(topics_.size() + 1);
  if (number / k_page >= k_topic_pages) {
    numbers_.erase(it);
    return status(STN_E_NO_MEMORY, "too many topics");
  }
  auto entry = std::make_unique<topic_entry>();
  entry->name = name;
  std::atomic<topic_page *> &page = pages_[number / k_page];
  if (page.load() == nullptr) {
    topic_page_memory_.push_back(std::make_unique<topic_page>());
    page.store(topic_page_memory_.back().get(), std::memory_order_release);
  }
  page.load()->topics[number % k_page].store(entry.get(), std::memory_order_release);
  topics_.push_back(std::move(entry));
  it->second = number;
  return number;
}

queue_table::queue_array *queue_table::array_for_locked(topic_entry *t, uint32_t id) {
  queue_array *old = t->queues.load();
  if (old != nullptr && id < old->size) return old;
  queue_array_memory_.push_back(std::make_unique<queue_array>(std::bit_ceil(std::max(id + 1, 4u))));
  queue_array *grown = queue_array_memory_.back().get();
  for (uint32_t i = 0; old != nullptr && i < old->size; i++)
    grown->queues[i] = old->queues[i].load();
  t->queues.store(grown, std::memory_order_release);
  return grown;
}

consume_queue *queue_table::make(uint32_t topic, int32_t queue) {
  topic_entry *t = topic_at(topic);
  if (t == nullptr || queue < 0 || queue >= k_queues_max) return nullptr;
  auto id = static_cast<uint32_t>(queue);
  std::lock_guard lock(mu_);
  queue_array *a = array_for_locked(t, id);
  std::string dir = dir_ + "/" + t->name + "/" + std::to_string(queue);
  queues_.push_back(
      std::make_unique<consume_queue>(files_, topic, queue, std::move(dir), queues_.size() + 1));
  a->queues[id].store(queues_.back().get(), std::memory_order_release);
  stats_.queues.fetch_add(1, std::memory_order_relaxed);
  return queues_.back().get();
}

status queue_table::load(int64_t phys_limit, int64_t log_first, bool unclean) {
  if (status s = files_.io().make_dirs(dir_); !s.ok()) return s;
  std::vector<file_entry> found;
  if (status s = files_.io().list(dir_, &found); !s.ok()) return s;
  std::vector<consume_queue *> listed;
  auto load_listed = [&]() -> status {
    for (consume_queue *q : listed) {
      status s = q->load(phys_limit, log_first, unclean);
      if (!s.ok()) return std::move(s).prefix(q->dir());
    }
    listed.clear();
    return {};
  };
  for (const file_entry &f : found) {
    if (!f.is_dir || !is_usable_name(f.name)) continue;
    if (status s = find_queues(f.name, &listed); !s.ok()) return s;
    if (listed.size() < k_found_ahead) continue;
    if (status s = load_listed(); !s.ok()) return s;
  }
  return load_listed();
}

status queue_table::find_queues(const std::string &name, std::vector<consume_queue *> *out) {
  result<uint32_t> topic = intern(name);
  if (!topic.ok()) return topic.error();
  std::vector<file_entry> found;
  if (status s = files_.io().list(dir_ + "/" + name, &found); !s.ok()) return s;
  for (const file_entry &f : found) {
    int32_t id = -1;
    if (!f.is_dir || !protocol::parse_int(std::string_view(f.name), &id)) continue;
    consume_queue *q = get(topic.value(), id);
    if (q == nullptr) continue;
    if (status s = q->find_files(); !s.ok()) return std::move(s).prefix(q->dir());
    out->push_back(q);
  }
  return {};
}

std::vector<consume_queue *> queue_table::all() const {
  std::vector<consume_queue *> out;
  std::lock_guard lock(mu_);
  for (const auto &q : queues_) {
    if (find(q->topic(), q->id()) == q.get()) out.push_back(q.get());
  }
  return out;
}

int64_t queue_table::entries() const {
  int64_t sum = 0;
  for (const consume_queue *q : all()) sum += q->next();
  return sum;
}

void queue_table::add_dirty(consume_queue *q) {
  std::lock_guard lock(mu_);
  dirty_.push_back(q);
}

std::vector<consume_queue *> queue_table::take_dirty() {
  std::vector<consume_queue *> out;
  std::lock_guard lock(mu_);
  out.swap(dirty_);
  return out;
}

std::vector<consume_queue *> queue_table::drop(uint32_t topic) {
  std::vector<consume_queue *> out;
  topic_entry *t = topic_at(topic);
  if (t == nullptr) return out;
  std::lock_guard lock(mu_);
  queue_array *a = t->queues.load();
  for (uint32_t i = 0; a != nullptr && i < a->size; i++) {
    if (consume_queue *gone = a->queues[i].exchange(nullptr)) out.push_back(gone);
  }
  stats_.queues.fetch_sub(static_cast<int64_t>(out.size()), std::memory_order_relaxed);
  return out;
}

std::string queue_table::topic_dir(uint32_t topic) const {
  return dir_ + "/" + std::string(name(topic));
}

}  // namespace stn::store_mmap
