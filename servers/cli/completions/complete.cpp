#include "completions/complete.hpp"

#include <algorithm>

#include "commands/commands.hpp"
#include "config/text.hpp"
#include "context_file.hpp"
#include "pages.hpp"
#include "query/parameters.hpp"
#include "targets.hpp"

namespace netweave::cli {
namespace {

constexpr std::chrono::milliseconds patience{3000};  // a person waits with a finger on the key
constexpr const char* most_ids = "1000";

const OptionWords* find_option(const CommandWords& command, const std::string& name) {
  for (const OptionWords& option : command.options)
    if (std::find(option.names.begin(), option.names.end(), name) != option.names.end()) return &option;
  return nullptr;
}

const CommandWords* find_command(const std::vector<CommandWords>& table, const std::string& path) {
  for (const CommandWords& command : table)
    if (command.path == path) return &command;
  return nullptr;
}

/// Walks over the words that are whole.
class Walk {
 public:
  explicit Walk(const std::vector<CommandWords>& table) : table_(table) { question.command = &table.front(); }

  void pass(const std::string& word) {
    if (pending_ != nullptr) {
      if (globally_) question.connection.push_back(word);
      pending_ = nullptr;
    } else if (word.size() > 1 && word.front() == '-') {
      option(word);
    } else {
      const std::string& path = question.command->path;
      const CommandWords* below = find_command(table_, path.empty() ? word : path + " " + word);
      if (below != nullptr)
        question.command = below;
      else
        question.arguments.push_back(word);
    }
  }

  Question finish(const std::string& last) {
    std::size_t sign = last.find('=');
    if (pending_ != nullptr) {
      ask(last, "", pending_->type);
    } else if (last.starts_with("--") && sign != std::string::npos) {
      const OptionWords* found = find(last.substr(0, sign));
      ask(last.substr(sign + 1), last.substr(0, sign + 1), found != nullptr ? found->type : "");
    } else if (last.starts_with('-')) {
      ask(last, "", "OPTION");
    } else if (!question.command->commands.empty()) {
      ask(last, "", "COMMAND");
    } else {
      const auto& types = question.command->positionals;
      std::size_t place = question.arguments.size();
      bool kinds = !types.empty() && types.front() == "ID" && place == 0;  // KIND ID..., one argument for the parser
      ask(last, "", types.empty() ? "" : kinds ? "KIND" : types[std::min(place, types.size() - 1)]);
    }
    return std::move(question);
  }

  Question question;

 private:
  const OptionWords* find(const std::string& name) {
    const OptionWords* own = find_option(*question.command, name);
    globally_ = own == nullptr || question.command == &table_.front();
    return own != nullptr ? own : find_option(table_.front(), name);
  }

  void option(const std::string& word) {
    std::size_t sign = word.find('=');
    const OptionWords* found = find(word.substr(0, sign));
    if (found == nullptr) return;
    if (globally_) question.connection.push_back(word);
    if (sign == std::string::npos && !found->type.empty()) pending_ = found;
  }

  void ask(const std::string& word, const std::string& lead, const std::string& type) {
    question.word = word;
    question.lead = lead;
    question.type = type;
  }

  const std::vector<CommandWords>& table_;
  const OptionWords* pending_ = nullptr;  ///< its value comes next
  bool globally_ = false;                 ///< it is the program's, not the command's
};

/// A text as a regular expression that matches itself.
std::string quoted_regex(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (std::string_view("\\.+*?()[]{}^$|").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::vector<std::string> ids_of(Session& session, const Kind& kind, const std::string& prefix) {
  std::vector<std::string> ids;
  if (kind.single()) return ids;
  auto client = session.connect();
  if (!client) return ids;
  client->set_timeout(std::min(client->timeout(), patience));
  auto version = client->version(kind.since);
  auto path = object_path(*client, kind);
  if (!version || !path) return ids;
  std::string id(kind.id);
  std::string query = "fields=" + id;
  if (*version >= 2 && !prefix.empty())
    query += "&" + query::percent_encode(id + "[regex]") + "=" + query::percent_encode("^" + quoted_regex(prefix));
  auto list = client->get(*path + "?limit=" + most_ids + "&" + query);
  if (!list) list = client->get(*path + "?" + query);  // a gateway may allow less
  if (!list) return ids;
  for (const Value& item : list->at("items").as_array()) ids.emplace_back(item.at(id).as_text());
  return ids;
}

/// Reads the connection's options into the session.
void take_connection(const std::vector<std::string>& words, Session& session) {
  CLI::App app;
  add_connection(app, session);
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::Error&) {  // of a line that is not finished
  }
}

std::vector<std::string> contexts(Session& session) {
  std::vector<std::string> names;
  std::string warning;
  auto file = read_contexts(session.contexts_file(), warning);
  if (file)
    for (const Context& context : file->contexts) names.push_back(context.name);
  return names;
}

std::vector<std::string> options(const std::vector<CommandWords>& table, const CommandWords& command) {
  std::vector<std::string> names;
  for (const CommandWords* owner : {&command, &table.front()})
    for (const OptionWords& option : owner->options)
      names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

std::vector<std::string> kind_words(const std::string& word) {
  std::vector<std::string> names;
  std::size_t comma = word.rfind(',');
  std::string lead = comma == std::string::npos ? "" : word.substr(0, comma + 1);
  std::string rest = word.substr(lead.size());
  for (const Kind& kind : kinds()) names.push_back(lead + std::string(kind.path));
  // short names only where nothing long begins so, or every list would be twice as long
  if (rest.empty()) return names;
  for (const Kind& kind : kinds())
    for (std::string_view one : words_of(kind.shorts)) names.push_back(lead + std::string(one));
  return names;
}

std::vector<std::string> references(Session& session, const std::string& word) {
  std::size_t slash = word.find('/');
  auto kind = find_kind(word.substr(0, slash));
  std::vector<std::string> words;
  if (!kind) return words;
  for (const std::string& id : ids_of(session, **kind, word.substr(slash + 1)))
    words.push_back(word.substr(0, slash + 1) + id);
  return words;
}

std::vector<std::string> candidates(const std::vector<CommandWords>& table, const Question& question,
                                    Session& session) {
  const std::string& type = question.type;
  if (type == "COMMAND") return question.command->commands;
  if (type == "OPTION") return options(table, *question.command);
  if (type == "CONTEXT") return contexts(session);
  bool targets = type == "KIND" || type == "ID";
  if (targets && question.word.find('/') != std::string::npos) return references(session, question.word);
  if (type == "KIND") return kind_words(question.word);
  if (type == "ID") {
    auto kind = find_kind(question.arguments.front());
    return kind ? ids_of(session, **kind, question.word) : std::vector<std::string>();
  }
  std::vector<std::string> words;
  if (type.find('|') != std::string::npos)
    for (std::string_view choice : config::split_choices(type)) words.emplace_back(choice);
  return words;
}

}  // namespace

Question read_question(const std::vector<CommandWords>& table, const std::vector<std::string>& words) {
  Walk walk(table);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) walk.pass(words[i]);
  return walk.finish(words.empty() ? "" : words.back());
}

std::vector<std::string> complete(const std::vector<CommandWords>& table, const std::vector<std::string>& words,
                                  Session& session) {
  Question question = read_question(table, words);
  take_connection(question.connection, session);
  std::vector<std::string> found;
  for (const std::string& word : candidates(table, question, session)) {
    bool given = std::find(question.arguments.begin(), question.arguments.end(), word) != question.arguments.end();
    if (word.starts_with(question.word) && !given) found.push_back(question.lead + word);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace netweave::cli
