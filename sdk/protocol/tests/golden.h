// golden.h - the recorded frames of stock clients and servers, tests/golden (capture command and jar versions there).
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace stn::protocol {

struct golden_frame {
  nlohmann::json meta;  // one line of frames.jsonl: decoded by a program that is not this codec
  std::string bytes;

  std::string name() const { return meta["file"].get<std::string>(); }
  int code() const { return meta["code"].get<int>(); }
  int request_code() const { return meta["request_code"].get<int>(); }
  bool is_response() const { return meta["kind"] == "response"; }
  bool is_json() const { return meta["header_type"] == 0; }
  std::string body() const {
    return bytes.substr(bytes.size() - meta["body_length"].get<size_t>());
  }
};

inline const std::vector<golden_frame> &golden_frames() {
  static const std::vector<golden_frame> frames = [] {
    const std::string folder = "tests/golden/frames";
    std::vector<golden_frame> out;
    std::ifstream index(folder + ".jsonl");
    for (std::string line; std::getline(index, line);) {
      golden_frame f;
      f.meta = nlohmann::json::parse(line);
      std::ifstream in(folder + "/" + f.name(), std::ios::binary);
      f.bytes.assign(std::istreambuf_iterator<char>(in), {});
      out.push_back(std::move(f));
    }
    EXPECT_GT(out.size(), 100u) << "golden frames are missing; run from the top folder";
    return out;
  }();
  return frames;
}

}  // namespace stn::protocol
