#include "output/printer.hpp"

#include <chrono>

#include "config/text.hpp"
#include "exit.hpp"
#include "output/table.hpp"
#include "output/terminal.hpp"
#include "output/text.hpp"
#include "output/yaml.hpp"

namespace netweave::cli {
namespace {

std::int64_t now_millis() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::string label_of(const Value& object, const std::string& key) {
  const Value& label = object.at("extensions").at("labels").at(key);
  if (label.is_null()) return "<none>";
  return label.is_text() ? std::string(label.as_text()) : label.to_json();
}

class TablePrinter : public Printer {
 public:
  TablePrinter(Layout layout, bool colour, Write write)
      : layout_(std::move(layout)), colour_(colour), write_(std::move(write)) {}

  void object(const Kind& kind, const Value& object) override {
    begin(kind, false);
    table_->add(row(kind, object));
  }

  void event(std::string_view event, const Kind& kind, const Value& object) override {
    begin(kind, true);
    std::vector<std::string> cells = row(kind, object);
    cells.insert(cells.begin(), std::string(event));
    table_->add(std::move(cells));
  }

  void flush() override {
    if (!table_ || table_->empty()) return;
    std::string text = table_->take_text(layout_.header);
    if (colour_ && events_) text = with_colours(text);
    write_(text);
  }

  void end() override { flush(); }

 private:
  void begin(const Kind& kind, bool events) {
    if (kind_ == &kind) return;
    flush();
    if (kind_ != nullptr) write_("\n");
    kind_ = &kind;
    events_ = events;
    columns_.clear();
    std::vector<std::string> header;
    if (events) header.emplace_back("EVENT");
    for (const Column& column : kind.columns) {
      if (column.wide && layout_.format != Format::wide) continue;
      columns_.push_back(&column);
      header.emplace_back(column.header);
    }
    for (const std::string& label : layout_.label_columns)
      header.push_back(config::upper_name(label.substr(label.rfind('/') + 1)));
    if (layout_.labels) header.emplace_back("LABELS");
    table_ = std::make_unique<Table>(std::move(header));
  }

  std::vector<std::string> row(const Kind& kind, const Value& object) const {
    std::vector<std::string> cells;
    std::int64_t now = now_millis();
    for (const Column* column : columns_) cells.push_back(cell_text(*column, object, now));
    if (layout_.prefixed && !kind.single()) cells.front() = kind.reference(object);
    for (const std::string& label : layout_.label_columns) cells.push_back(label_of(object, label));
    if (layout_.labels) cells.push_back(cell_text({"LABELS", "extensions.labels", false, Cell::labels}, object, now));
    return cells;
  }

  /// The first word of each line in its colour; escape sequences have no width, so the alignment stays.
  static std::string with_colours(const std::string& text) {
    std::string out;
    for (std::size_t begin = 0; begin < text.size();) {
      std::size_t end = text.find('\n', begin) + 1;
      std::string line = text.substr(begin, end - begin);
      std::string word = line.substr(0, line.find(' '));
      const char* colour = word == "ADDED" ? "green" : word == "MODIFIED" ? "yellow" : "red";
      out += coloured(word, colour, word != "EVENT") + line.substr(word.size());
      begin = end;
    }
    return out;
  }

  Layout layout_;
  bool colour_;
  Write write_;
  const Kind* kind_ = nullptr;
  std::vector<const Column*> columns_;
  std::unique_ptr<Table> table_;
  bool events_ = false;
};

class JsonPrinter : public Printer {
 public:
  JsonPrinter(bool list, Write write) : list_(list), write_(std::move(write)) {}

  void object(const Kind& kind, const Value& object) override {
    if (!list_) return write_(to_pretty_json(with_kind(kind, object)) + "\n");
    write_((any_ ? ",\n        " : std::string(head) + "\n        ") + to_pretty_json(with_kind(kind, object), 8));
    any_ = true;
  }
  void event(std::string_view event, const Kind& kind, const Value& object) override {
    events_ = true;
    Value line = Value::object();
    line["type"] = event;
    line["object"] = with_kind(kind, object);
    write_(line.to_json() + "\n");
  }
  void flush() override {}
  void end() override {
    if (list_ && !events_) write_(any_ ? "\n    ]\n}\n" : std::string(head) + "]\n}\n");
  }

 private:
  static constexpr std::string_view head = "{\n    \"kind\": \"List\",\n    \"items\": [";
  bool list_;
  Write write_;
  bool any_ = false;
  bool events_ = false;
};

class YamlPrinter : public Printer {
 public:
  YamlPrinter(bool list, Write write) : list_(list), write_(std::move(write)) {}

  void object(const Kind& kind, const Value& object) override {
    if (!list_) return write_(printable(to_yaml(with_kind(kind, object)), true));
    Value item = Value::array();
    item.push_back(with_kind(kind, object));
    write_((any_ ? "" : "kind: List\nitems:\n") + printable(to_yaml(item), true));
    any_ = true;
  }
  void event(std::string_view event, const Kind& kind, const Value& object) override {
    events_ = true;
    Value document = Value::object();
    document["type"] = event;
    document["object"] = with_kind(kind, object);
    write_("---\n" + printable(to_yaml(document), true));
  }
  void flush() override {}
  void end() override {
    if (list_ && !events_ && !any_) write_("kind: List\nitems: []\n");
  }

 private:
  bool list_;
  Write write_;
  bool any_ = false;
  bool events_ = false;
};

class NamePrinter : public Printer {
 public:
  explicit NamePrinter(Write write) : write_(std::move(write)) {}
  void object(const Kind& kind, const Value& object) override { write_(printable(kind.reference(object)) + "\n"); }
  void event(std::string_view event, const Kind& kind, const Value& object) override {
    write_(std::string(event) + " " + printable(kind.reference(object)) + "\n");
  }
  void flush() override {}
  void end() override {}

 private:
  Write write_;
};

}  // namespace

Result<Format> find_format(std::string_view word) {
  auto words = config::split_choices(formats);
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == word) return static_cast<Format>(i);
  return usage_error("-o must be one of " + std::string(formats) + ", is \"" + std::string(word) + "\"");
}

Value with_kind(const Kind& kind, const Value& object) {
  Value whole = Value::object();
  whole["kind"] = kind.name;
  for (const auto& [name, member] : object.as_object())
    if (name != "kind") whole.add(name, member);
  return whole;
}

std::unique_ptr<Printer> make_printer(const Layout& layout, bool colour, Printer::Write write) {
  switch (layout.format) {
    case Format::json:
      return std::make_unique<JsonPrinter>(layout.list, std::move(write));
    case Format::yaml:
      return std::make_unique<YamlPrinter>(layout.list, std::move(write));
    case Format::name:
      return std::make_unique<NamePrinter>(std::move(write));
    case Format::table:
    case Format::wide:
      break;
  }
  return std::make_unique<TablePrinter>(layout, colour, std::move(write));
}

}  // namespace netweave::cli
