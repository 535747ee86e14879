#include "proxy/redis/server_info.hpp"

#include <utility>

#include "proxy/base/ascii.hpp"

namespace wf::redis {
namespace {

using Remarks = std::vector<Remark>;

void warn(Remarks& remarks, std::string text) {
  remarks.push_back({Remark::Weight::Warning, std::move(text)});
}

/// XTRIM MINID and other things that are used came with 6.2.
bool is_too_old(std::string_view version) {
  const auto dot = version.find('.');
  const auto major = ascii::parse_uint(version.substr(0, dot));
  if (!major || dot == std::string_view::npos) return false;
  const std::string_view rest = version.substr(dot + 1);
  const auto minor = ascii::parse_uint(rest.substr(0, rest.find('.')));
  return *major < 6 || (*major == 6 && minor && *minor < 2);
}

void on_version(std::string_view info, Remarks& remarks) {
  const std::string version{info_field(info, "redis_version")};
  if (!is_too_old(version)) return;
  warn(remarks, "Redis " + version +
                    " is older than 6.2: scripts will fail, nothing is shared; "
                    "update it");
}

void on_kind(std::string_view info, std::string_view expected, Remarks& remarks) {
  const std::string_view mode = info_field(info, "redis_mode");
  if (mode == "sentinel") {
    return warn(remarks,
                "this is a Sentinel, which stores nothing; set url to "
                "redis+sentinel://host:26379/master-name");
  }
  if (mode == "cluster" && expected != "cluster") {
    return warn(remarks,
                "this is one node of a Cluster and refuses most keys; set url to "
                "redis+cluster://host:6379");
  }
  if (info_field(info, "role") == "slave") {
    warn(remarks, "this is a replica and refuses writes; set url to its master");
  }
}

void on_memory(std::string_view info, Remarks& remarks) {
  const std::string_view limit = info_field(info, "maxmemory");
  const std::string_view policy = info_field(info, "maxmemory_policy");
  if (limit == "0") {
    return warn(remarks,
                "maxmemory is 0, so the cache may take all memory of its machine; set "
                "maxmemory, and maxmemory-policy allkeys-lru");
  }
  if (policy == "noeviction") {
    return warn(remarks,
                "maxmemory-policy is noeviction: when memory is full nothing new is "
                "stored and purges wait; set it to allkeys-lru, or to volatile-lru where "
                "others keep data in this Redis");
  }
  if (policy.ends_with("-random")) {
    warn(remarks, "maxmemory-policy " + std::string{policy} +
                      " evicts what is in use as soon as what is not; set it to allkeys-lru");
  }
}

void on_disk(std::string_view info, Remarks& remarks) {
  if (info_field(info, "rdb_last_bgsave_status") == "err") {
    warn(remarks,
         "the last snapshot failed, and Redis refuses writes (MISCONF) until one "
         "succeeds; set stop-writes-on-bgsave-error no, or save \"\"");
  }
  if (info_field(info, "aof_enabled") == "1") {
    remarks.push_back({Remark::Weight::Note,
                       "appendonly is on: a cache does not need it, and slow disks delay answers"});
  }
}

}  // namespace

std::string_view info_field(std::string_view info, std::string_view name) noexcept {
  while (!info.empty()) {
    const auto end = info.find('\n');
    std::string_view line = info.substr(0, end);
    info = end == std::string_view::npos ? std::string_view{} : info.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool found =
        line.size() > name.size() && line[name.size()] == ':' && line.starts_with(name);
    if (found) return line.substr(name.size() + 1);
  }
  return {};
}

std::vector<Remark> remarks_on(std::string_view info, std::string_view expected) {
  Remarks remarks;
  on_version(info, remarks);
  on_kind(info, expected, remarks);
  if (info_field(info, "redis_mode") != "sentinel") on_memory(info, remarks);
  on_disk(info, remarks);
  return remarks;
}

}  // namespace wf::redis
