// How each group of settings is read: one function per struct of types.hpp, keys in its order.
#pragma once

#include "config/reader.hpp"
#include "config/types.hpp"

namespace wf::config {

void read(const Value& value, Listener& out);
/// Any number of ranges of addresses, none among them.
void read(const Value& value, std::vector<Network>& out);
/// `off`, or a map.
void read(const Value& value, std::optional<Admin>& out);
void read(const Value& value, ClientLimits& out);
void read(const Value& value, Log& out);
void read(const Value& value, Process& out);
void read(const Value& value, Store& out);
void read(const Value& value, Upstream& out);
void read(const Value& value, Cache& out);
void read(const Value& value, Route& out);
/// The whole document.
void read(const Value& value, Config& out);

/// The elements of a list, each read by `read_element(value, out)`.
template <class T, class Read>
void read_list(const Value& value, std::vector<T>& out, std::string_view expected,
               Read read_element) {
  const auto elements = value.list(expected);
  if (!elements) return;
  if (elements->empty()) return value.problem("must not be empty");
  out.clear();
  for (const Value& element : *elements) read_element(element, out.emplace_back());
}

}  // namespace wf::config
