// log_api.h - "stn.log/1" on a message_store: the log as bytes, for what copies it elsewhere.
#pragma once

#include "stanchion/ext/log.h"

namespace stn::store_mmap {

// Its self is the address of a pointer to a message_store, set before the first call. (static)
const stn_log_api &log_api();

}  // namespace stn::store_mmap
