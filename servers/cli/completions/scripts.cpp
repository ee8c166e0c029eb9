#include <algorithm>
#include <functional>

#include "completions/table.hpp"
#include "config/text.hpp"

namespace netweave::cli {
namespace {

std::string joined(const std::vector<std::string>& words, const char* between = " ") {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : between).append(word);
  return text;
}

/// The text in single quotes, as every shell reads them; zsh's and fish's specs escape more.
std::string in_quotes(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

bool is_choice(const std::string& type) { return type.find('|') != std::string::npos; }

std::string spaced(const std::string& type) {
  std::string words = type;
  std::replace(words.begin(), words.end(), '|', ' ');
  return words;
}

std::string all_options(const CommandWords& command, const CommandWords& program, bool valued) {
  std::vector<std::string> names;
  auto add = [&](const CommandWords& owner) {
    for (const OptionWords& option : owner.options)
      if (!valued || !option.type.empty()) names.insert(names.end(), option.names.begin(), option.names.end());
  };
  add(command);
  if (&command != &program) add(program);
  return joined(names);
}

/// A bash function that prints what belongs to the command in $1.
std::string bash_function(const char* name, const std::vector<CommandWords>& table,
                          const std::function<std::string(const CommandWords&)>& words) {
  std::string out = std::string(name) + "() {\n  case $1 in\n";
  for (const CommandWords& command : table)
    if (std::string text = words(command); !text.empty())
      out += "    " + in_quotes(command.path) + ") echo " + in_quotes(text) + " ;;\n";
  return out + "  esac\n}\n";
}

/// A bash function that prints the words that an option's value is one of, or FILE.
std::string bash_values(const std::vector<CommandWords>& table) {
  std::string out = "_netweave_values() {\n  case \"$1:$2\" in\n";
  for (const CommandWords& command : table)
    for (const OptionWords& option : command.options) {
      if (!is_choice(option.type) && option.type != "FILE") continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names)
        patterns.push_back(command.path.empty() ? "*:" + name : in_quotes(command.path + ":" + name));
      out += "    " + joined(patterns, " | ") + ") echo " + in_quotes(spaced(option.type)) + " ;;\n";
    }
  return out + "  esac\n}\n";
}

// The line is split at blanks, not at COMP_WORDBREAKS: ids hold colons, and --option=value is one word.
constexpr const char* bash_main = R"sh(
_netweave() {
  local line=${COMP_LINE:0:COMP_POINT} command='' option='' lead='' cur word values candidate
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  cur=${words[${#words[@]} - 1]}
  local i
  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    word=${words[i]}
    if [[ $option ]]; then
      option=''
    elif [[ $word == -*=* ]]; then
      :
    elif [[ $word == -* ]]; then
      [[ " $(_netweave_valued "$command") " == *" $word "* ]] && option=$word
    elif [[ " $(_netweave_commands "$command") " == *" $word "* ]]; then
      command=${command:+$command }$word
    fi
  done
  local known=$option
  if [[ ! $option && $cur == --*=* ]]; then
    known=${cur%%=*} lead=${cur%%=*}= cur=${cur#*=}
  fi
  local -a found=()
  values=$([[ $known ]] && _netweave_values "$command" "$known")
  if [[ $values == FILE ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r candidate; do found+=("$candidate"); done < <(compgen -f -- "$cur")
  elif [[ $values ]]; then
    for candidate in $(compgen -W "$values" -- "$cur"); do found+=("$lead$candidate"); done
  elif [[ ! $known && $cur == -* ]]; then
    while IFS= read -r candidate; do found+=("$candidate"); done < <(compgen -W "$(_netweave_options "$command")" -- "$cur")
  elif [[ ! $known && $(_netweave_commands "$command") ]]; then
    while IFS= read -r candidate; do found+=("$candidate"); done < <(compgen -W "$(_netweave_commands "$command")" -- "$cur")
  else
    while IFS= read -r candidate; do found+=("$candidate"); done < <("${words[0]/#\~/$HOME}" __complete "${words[@]:1}" 2>/dev/null)
  fi
  # readline replaces only what stands behind the last word break
  local whole=${words[${#words[@]} - 1]} kept=''
  case $COMP_WORDBREAKS in *:*) [[ $whole == *:* ]] && kept=${whole%"${whole##*:}"} ;; esac
  case $COMP_WORDBREAKS in *=*) [[ $kept != *=* && $whole == *=* ]] && kept=${whole%"${whole##*[=:]}"} ;; esac
  COMPREPLY=()
  for candidate in "${found[@]}"; do COMPREPLY+=("${candidate#"$kept"}"); done
}
complete -F _netweave netweave
)sh";

/// A text within [...] of an _arguments spec.
std::string zsh_doc(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out;
}

std::string zsh_action(const std::string& type) {
  if (is_choice(type)) return ":value:(" + spaced(type) + ")";
  if (type == "FILE") return ":file:_files";
  if (type == "CONTEXT") return ":context:_netweave_ask";
  return ":" + config::lower(type) + ": ";
}

std::string zsh_options(const CommandWords& command) {
  std::string out;
  for (const OptionWords& option : command.options)
    for (const std::string& name : option.names) {
      std::string equals = option.type.empty() ? "" : name.starts_with("--") ? "=" : "+";
      out += "    '*" + name + equals + "[" + zsh_doc(option.doc) + "]" +
             (option.type.empty() ? "" : zsh_action(option.type)) + "'\n";
    }
  return out;
}

constexpr const char* zsh_main = R"sh(
_netweave_ask() {
  local -a found
  found=(${(f)"$("${(@)_netweave_words[1]}" __complete "${(@)_netweave_words[2,-1]}" 2>/dev/null)"})
  compadd -- $found
}

_netweave() {
  local -a _netweave_words options
  _netweave_words=("${(@)words[1,CURRENT]}")
  local command='' word
  integer i skip=0
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    if ((skip)); then
      skip=0
    elif [[ $word == -*=* ]]; then
      :
    elif [[ $word == -* ]]; then
      [[ " $(_netweave_valued "$command") " == *" $word "* ]] && skip=1
    elif [[ " $(_netweave_commands "$command") " == *" $word "* ]]; then
      command=${command:+$command }$word
    fi
  done
  _netweave_specs "$command"
  _arguments -S $options $program_options '*:: :_netweave_ask'
}

compdef _netweave netweave
)sh";

}  // namespace

std::string bash_script(const std::vector<CommandWords>& table) {
  const CommandWords& program = table.front();
  std::string out = "# bash completion of netweave, made by: netweave completion bash\n";
  out += bash_function("_netweave_commands", table, [](const CommandWords& c) { return joined(c.commands); });
  out +=
      bash_function("_netweave_options", table, [&](const CommandWords& c) { return all_options(c, program, false); });
  out += bash_function("_netweave_valued", table, [&](const CommandWords& c) { return all_options(c, program, true); });
  return out + bash_values(table) + bash_main;
}

std::string zsh_script(const std::vector<CommandWords>& table) {
  const CommandWords& program = table.front();
  std::string out = "#compdef netweave\n# zsh completion of netweave, made by: netweave completion zsh\n";
  out += bash_function("_netweave_commands", table, [](const CommandWords& c) { return joined(c.commands); });
  out += bash_function("_netweave_valued", table, [&](const CommandWords& c) { return all_options(c, program, true); });
  out += "_netweave_specs() {\n  typeset -ga program_options\n  program_options=(\n" + zsh_options(program) +
         "  )\n  options=()\n  case $1 in\n";
  for (const CommandWords& command : table)
    if (!command.path.empty() && !command.options.empty())
      out += "  " + in_quotes(command.path) + ") options=(\n" + zsh_options(command) + "  ) ;;\n";
  return out + "  esac\n}\n" + zsh_main;
}

std::string fish_script(const std::vector<CommandWords>& table) {
  std::string out =
      "# fish completion of netweave, made by: netweave completion fish\n"
      "function __netweave_ask\n"
      "  set -l words (commandline -opc)\n"
      "  $words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null\n"
      "end\n"
      "complete -c netweave -f -a '(__netweave_ask)'\n";
  for (const CommandWords& command : table) {
    std::string last = command.path.substr(command.path.rfind(' ') + 1);
    for (const OptionWords& option : command.options) {
      out += "complete -c netweave";
      if (!command.path.empty()) out += " -n '__fish_seen_subcommand_from " + last + "'";
      for (const std::string& name : option.names)
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (option.type == "FILE")
        out += " -r -F";
      else if (is_choice(option.type))
        out += " -x -a " + in_quotes(spaced(option.type));
      else if (!option.type.empty())
        out += " -x -a '(__netweave_ask)'";
      out += " -d " + in_quotes(option.doc) + "\n";
    }
  }
  return out;
}

}  // namespace netweave::cli
