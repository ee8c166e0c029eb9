#pragma once

#include "../ims/rack.hpp"

/// A gateway with multi-tenancy, and who works at it.
namespace netweave::test {

inline const std::string root = "CN=root,O=Example";

inline Config tenants_config() {
  Config config;
  config.multi_tenancy.enabled = true;
  config.multi_tenancy.bootstrap_admin_subject = root;
  return config;
}

class Office : public Racked {
 public:
  explicit Office(Rack& rack, Config config = tenants_config()) : Racked(rack, std::move(config)) { as = root; }

  /// As somebody else, for one request.
  Answer send_as(const std::string& who, const std::string& method, const std::string& path,
                 const std::string& body = {}, const http::Headers& headers = {}) {
    std::string before = std::exchange(as, who);
    Answer answer = send(method, path, body, headers);
    as = before;
    return answer;
  }
  void tenant(const std::string& id, const std::string& more = {}) {
    REQUIRE(send_as(root, "POST", "/admin/tenants", R"({"tenantId":")" + id + R"(","name":")" + id + "\"" + more + "}")
                .status == 201);
  }
  /// A user of that tenant, whose subject and id are its name.
  void user(const std::string& tenant, const std::string& name, const std::string& roles) {
    auto made = send_as(root, "POST", "/admin/tenants/" + tenant + "/users", body_of(name, roles));
    CAPTURE(made.text);
    REQUIRE(made.status == 201);
  }
  static std::string body_of(const std::string& name, const std::string& roles) {
    return R"({"userId":")" + name + R"(","subject":")" + name + R"(","name":")" + name + R"(","roles":[)" + roles +
           "]}";
  }
};

}  // namespace netweave::test
