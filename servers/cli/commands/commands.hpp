#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "session.hpp"

/// Each add_ function makes a command's arguments known; parsed, it leaves what is to be done in Session::run. The
/// commands and flags are the table that completion is made from: an option's type name says what completes it (words
/// parted by |, FILE, KIND, ID, CONTEXT).
namespace netweave::cli {

/// The program with all its commands. `session` must live as long.
void add_all(CLI::App& app, Session& session);

void add_connection(CLI::App& app, Session& session);
void add_get(CLI::App& app, Session& session);
void add_describe(CLI::App& app, Session& session);
void add_create(CLI::App& app, Session& session);
void add_patch(CLI::App& app, Session& session);
void add_delete(CLI::App& app, Session& session);
void add_api(CLI::App& app, Session& session);
void add_config(CLI::App& app, Session& session);
void add_version(CLI::App& app, Session& session);
void add_completion(CLI::App& app, Session& session);

/// An option whose value is one of the words in `type` ("json|yaml").
CLI::Option* add_choice(CLI::App& app, const std::string& names, std::string& into, std::string_view type,
                        const std::string& doc);
/// An option that may be given several times, one value each.
CLI::Option* add_repeated(CLI::App& app, const std::string& names, std::vector<std::string>& into,
                          const std::string& type, const std::string& doc);
/// A positional KIND and what follows it.
void add_targets(CLI::App& app, std::vector<std::string>& words, bool required);
/// An option that is a duration above 0; `into` is milliseconds.
void add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& into, const std::string& doc);

}  // namespace netweave::cli
