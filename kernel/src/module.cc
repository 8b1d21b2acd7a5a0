#include "module.h"

#include <boost/dll/shared_library.hpp>
#include <exception>
#include <vector>

#include "base.h"

namespace stn::kernel {
namespace {

using library = boost::dll::shared_library;

// Code of a plugin may be needed until the very end (destructors of threads, static objects), so nothing is unloaded
// and the handles are not even destroyed at exit.
std::vector<library *> &loaded() {
  static auto *all = new std::vector<library *>();
  return *all;
}

stn_plugin_fn entry_of(const module_file &file, const place &where, diagnostics *d) {
  try {
    auto *lib = new library();
    loaded().push_back(lib);
    namespace mode = boost::dll::load_mode;
    lib->load(file.path, mode::rtld_now | mode::rtld_local);
    return &lib->get<stn_status(const stn_offer *, const stn_plugin **, stn_error *)>(
        STN_PLUGIN_SYMBOL);
  } catch (const std::exception &e) {
    d->error("E210", where, file.info.id + ": cannot be loaded: " + e.what());
    return nullptr;
  }
}

bool table_is_whole(const stn_plugin *t) {
  return t != nullptr && t->h.size >= sizeof(stn_plugin) && t->id != nullptr &&
         t->version != nullptr && t->create != nullptr && t->init != nullptr &&
         t->start != nullptr && t->stop != nullptr && t->destroy != nullptr && t->query != nullptr;
}

}  // namespace

const char *kernel_version() { return STN_KERNEL_VERSION; }

const stn_plugin *load_module(const module_file &file, const place &where, diagnostics *d) {
  const stn_plugin_fn entry = entry_of(file, where, d);
  if (entry == nullptr) return nullptr;
  const stn_offer offer = {sizeof(stn_offer), STN_CORE_VERSION, STN_ABI_DRAFT, kernel_version()};
  const stn_plugin *table = nullptr;
  stn_error err{};
  if (const stn_status st = entry(&offer, &table, &err); st != STN_OK) {
    d->error("E204", where, file.info.id + ": refuses this kernel: " + err.msg);
    return nullptr;
  }
  if (!table_is_whole(table)) {
    d->error("E207", where, file.info.id + ": its function table is not complete");
    return nullptr;
  }
  if (file.info.id != table->id || file.info.version_text != table->version) {
    d->error("E207", where,
             file.info.id + " " + file.info.version_text + ": its code says " + table->id + " " +
                 table->version,
             "rebuild it");
    return nullptr;
  }
  return table;
}

}  // namespace stn::kernel
