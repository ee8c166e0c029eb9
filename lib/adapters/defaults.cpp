#include "netweave/adapter/ims.hpp"

/// What an adapter that does not override a write answers.
namespace netweave::ims {
namespace {

Error cannot(std::string_view what) {
  Error error = make_error(ErrorKind::unimplemented, "this backend can't " + std::string(what));
  error.from_backend = true;
  return error;
}

}  // namespace

Result<Observed> Adapter::create_resource_pool(const ResourcePool&, const CallContext&) {
  return cannot("create resource pools");
}
Result<Observed> Adapter::update_resource_pool(const ResourcePool&, const Value&, const CallContext&) {
  return cannot("change resource pools");
}
Result<Removal> Adapter::remove_resource_pool(const std::string&, const CallContext&) {
  return cannot("delete resource pools");
}
Result<Observed> Adapter::create_resource(const Resource&, const CallContext&) { return cannot("create resources"); }
Result<Observed> Adapter::update_resource(const Resource&, const Value&, const CallContext&) {
  return cannot("change resources");
}
Result<Removal> Adapter::remove_resource(const std::string&, const CallContext&) { return cannot("delete resources"); }
Result<Observed> Adapter::read(Kind, const std::string&, const CallContext&) {
  return cannot("read single objects again");
}

}  // namespace netweave::ims
