#pragma once

#include <functional>
#include <string>
#include <vector>

#include "completions/table.hpp"
#include "session.hpp"

namespace netweave::cli {

/// What a command line that is not finished asks for.
struct Question {
  const CommandWords* command = nullptr;
  std::string word;                     ///< what of the last word is written
  std::string lead;                     ///< of the last word, what stands before that ("--output=")
  std::string type;                     ///< of the value to complete; "COMMAND", "OPTION" or empty beside the table's
  std::vector<std::string> arguments;   ///< before it, without options
  std::vector<std::string> connection;  ///< the options among the words that the program itself takes
};

/// Reads the words behind the program's name; the last one is being written.
Question read_question(const std::vector<CommandWords>& table, const std::vector<std::string>& words);

/// The candidates, whole words. Asks the gateway for ids, briefly; what fails gives none.
std::vector<std::string> complete(const std::vector<CommandWords>& table, const std::vector<std::string>& words,
                                  Session& session);

}  // namespace netweave::cli
