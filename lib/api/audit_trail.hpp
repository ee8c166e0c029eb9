#pragma once

#include "api/call.hpp"

/// What the audit has of requests. One place for all: what an operation is, its permission says.
namespace netweave::api {

/// Whether an answer to the operation makes an audit event, other than of a refusal.
bool is_audited(const Services& services, const openapi::Operation& operation);

/// Records what was answered: who was not let in, who was not allowed, and what was done. Any thread.
void audit_answer(const Call& call, int status);
/// Records that somebody was recognised: once an hour for each, since every request says it anew.
void audit_recognition(const Call& call);

}  // namespace netweave::api
