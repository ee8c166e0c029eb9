#include "json.hpp"

namespace netweave::python {
namespace {

constexpr int deepest = 64;  // as Value::parse

std::string at_path(const std::string& path) { return path.empty() ? "the value" : path; }

Value read_integer(py::handle object, const std::string& path) {
  int overflow = 0;
  long long number = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
  if (overflow != 0) throw py::value_error(at_path(path) + ": the integer has more than 64 bits");
  if (number == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
  return Value(static_cast<std::int64_t>(number));
}

Value read_float(py::handle object, const std::string& path) {
  double number = PyFloat_AS_DOUBLE(object.ptr());
  if (!std::isfinite(number)) throw py::value_error(at_path(path) + ": JSON has no infinity and no NaN");
  return Value(number);
}

Value read_dict(py::handle object, const std::string& path, int depth) {
  Value value = Value::object();
  for (auto [key, item] : py::reinterpret_borrow<py::dict>(object)) {
    if (!PyUnicode_Check(key.ptr())) throw py::type_error(at_path(path) + ": a key is no str");
    std::string name = utf8(key);
    Value read = to_value(item, path.empty() ? name : path + "." + name, depth + 1);
    value.add(std::move(name), std::move(read));  // a dict holds each key once
  }
  return value;
}

Value read_list(py::handle object, const std::string& path, int depth) {
  Value value = Value::array();
  std::size_t index = 0;
  for (py::handle item : object) value.push_back(to_value(item, path + "[" + std::to_string(index++) + "]", depth + 1));
  return value;
}

}  // namespace

std::string utf8(py::handle object) {
  Py_ssize_t size = 0;
  const char* bytes = PyUnicode_AsUTF8AndSize(object.ptr(), &size);
  if (bytes == nullptr) throw py::error_already_set();
  return {bytes, static_cast<std::size_t>(size)};
}

py::object to_python(const Value& value) {
  if (value.is_bool()) return py::bool_(value.as_bool());
  if (value.is_integer()) return py::int_(value.as_integer());
  if (value.is_number()) return py::float_(value.as_number());
  if (value.is_text()) return text(value.as_text());
  if (value.is_array()) {
    py::list list;
    for (const Value& item : value.as_array()) list.append(to_python(item));
    return list;
  }
  if (value.is_object()) {
    py::dict dict;
    for (const Value::Member& member : value.as_object()) dict[text(member.first)] = to_python(member.second);
    return dict;
  }
  return py::none();
}

Value to_value(py::handle object, const std::string& path, int depth) {
  if (depth > deepest) throw py::value_error(at_path(path) + ": more than 64 levels deep");
  PyObject* raw = object.ptr();
  if (object.is_none()) return {};
  if (PyBool_Check(raw)) return Value(raw == Py_True);
  if (PyUnicode_Check(raw)) return Value(utf8(object));
  if (PyLong_Check(raw)) return read_integer(object, path);
  if (PyFloat_Check(raw)) return read_float(object, path);
  if (PyDict_Check(raw)) return read_dict(object, path, depth);
  if (PyList_Check(raw) || PyTuple_Check(raw)) return read_list(object, path, depth);
  throw py::type_error(at_path(path) + ": JSON has no " + Py_TYPE(raw)->tp_name);
}

}  // namespace netweave::python
