// power_cut_model.h - every moment at which the power may go, tried out.
//
// A store works on a disk in memory: appends in groups, rolls, checkpoints, index, retention, truncation, orderly stops,
// kills. Before each operation of the disk the disks that a power cut would leave are made (unsynced bytes dropped, kept,
// torn), a store is opened on each and everything is read back as disk_check.h says; under async flush what is there must
// be a beginning of what was appended. [the calling thread]
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "fault_files.h"

namespace stn::store_mmap::testing {

struct model_options {
  uint64_t seed = 1;
  size_t boundaries = 300;  // operations of the disk at which the power is cut
  bool sync_flush = true;
  // Makes the disk misbehave: called for every disk that the working store gets, and for those it is opened on again.
  std::function<void(fault_files &)> plant;
  size_t violations_max = 5;  // the run ends then
};

struct model_report {
  size_t boundaries = 0;
  size_t images = 0;  // disks that a store was opened on
  size_t messages = 0;
  size_t removed_files = 0;  // of the log, by retention
  size_t truncations = 0;
  std::vector<std::string> violations;
};

model_report run_power_cuts(const model_options &o);

}  // namespace stn::store_mmap::testing
