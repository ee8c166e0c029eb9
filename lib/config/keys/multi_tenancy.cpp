#include "config/keys/sections.hpp"

namespace netweave::config::sections {
namespace {

constexpr Key keys[] = {
    {.path = "multi_tenancy.enabled",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::enabled>(),
     .type = Type::flag,
     .doc = "True: every request needs an identity, and reaches what its user's roles allow, in its tenant. False: "
            "whoever reaches the port may do everything."},
    {.path = "multi_tenancy.require_mtls",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::require_mtls>(),
     .type = Type::flag,
     .doc = "True: an identity needs a client certificate, here or at a trusted proxy; a token alone is not enough."},
    {.path = "multi_tenancy.bootstrap_admin.subject",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::bootstrap_admin_subject>(),
     .doc = "Who is `platform-admin` from the first start: a certificate's DN as RFC 2253 writes it "
            "(`CN=admin,O=Example`), or `jwt:` and a token's `sub`."},
    {.path = "multi_tenancy.jwt.issuer",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::jwt, &JwtConfig::issuer>(),
     .doc = "Bearer tokens (RS256, ES256, EdDSA) of this issuer are taken: their `iss`. Empty: none are."},
    {.path = "multi_tenancy.jwt.audience",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::jwt, &JwtConfig::audience>(),
     .doc = "What `aud` must be, or hold. Must be set with an issuer."},
    {.path = "multi_tenancy.jwt.jwks_uri",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::jwt, &JwtConfig::jwks_uri>(),
     .doc = "Where the issuer's keys are (JWK Set): https, in dev http too. Fetched in the background, kept while it "
            "is away; a "
            "key that is not known is asked for, at most once in 5 s."},
    {.path = "multi_tenancy.jwt.jwks_file",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::jwt, &JwtConfig::jwks_file>(),
     .doc = "The same in a file, in its place. Read again when it changes."},
    {.path = "multi_tenancy.jwt.tenant_claim",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::jwt, &JwtConfig::tenant_claim>(),
     .doc =
         "The claim that names the tenant, perhaps inside others: `organization.id`. A token without it is the tenant "
         "`default`'s."},
    {.path = "multi_tenancy.jwt.roles_claim",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::jwt, &JwtConfig::roles_claim>(),
     .doc = "The claim that lists roles: `realm_access.roles`; `scope` takes OAuth2 scopes as roles."},
    {.path = "multi_tenancy.jwt.clock_skew",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::jwt, &JwtConfig::clock_skew>(),
     .type = Type::duration,
     .most = hour,
     .doc = "How far the issuer's clock may be off, of `exp` and `nbf`."},
    {.path = "multi_tenancy.audit_log_retention_days",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::audit_log_retention_days>(),
     .type = Type::integer,
     .least = 1,
     .most = 36500,
     .doc = "How many days an event of the audit is kept."},
    {.path = "multi_tenancy.audit_reads",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::audit_reads>(),
     .type = Type::flag,
     .doc = "Reads make events of the audit too; else writes, refusals and who was recognised."},
    {.path = "multi_tenancy.default_tenant_quota.max_subscriptions",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::default_tenant_quota, &QuotaConfig::max_subscriptions>(),
     .type = Type::integer,
     .doc = "Subscriptions of a tenant whose own `quota` does not say."},
    {.path = "multi_tenancy.default_tenant_quota.max_resource_pools",
     .access =
         at<&Config::multi_tenancy, &MultiTenancyConfig::default_tenant_quota, &QuotaConfig::max_resource_pools>(),
     .type = Type::integer,
     .doc = "The same of resource pools."},
    {.path = "multi_tenancy.default_tenant_quota.max_resources",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::default_tenant_quota, &QuotaConfig::max_resources>(),
     .type = Type::integer,
     .doc = "The same of resources. What a backend grows by itself counts, and is never refused."},
    {.path = "multi_tenancy.default_tenant_quota.max_deployments",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::default_tenant_quota, &QuotaConfig::max_deployments>(),
     .type = Type::integer,
     .doc = "The same of deployments."},
    {.path = "multi_tenancy.default_tenant_quota.max_users",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::default_tenant_quota, &QuotaConfig::max_users>(),
     .type = Type::integer,
     .doc = "The same of users."},
    {.path = "multi_tenancy.default_tenant_quota.max_requests_per_minute",
     .access =
         at<&Config::multi_tenancy, &MultiTenancyConfig::default_tenant_quota, &QuotaConfig::max_requests_per_minute>(),
     .type = Type::integer,
     .doc = "The same of requests a minute."},
    {.path = "multi_tenancy.skip_auth_paths",
     .access = at<&Config::multi_tenancy, &MultiTenancyConfig::skip_auth_paths>(),
     .type = Type::list,
     .doc = "Paths that need no identity, for probes. Of `/health`, `/healthz`, `/ready`, `/readyz` and `/metrics`."},
};

constexpr Key assignment[] = {
    {.path = "tenant", .access = at<&AssignmentConfig::tenant>(), .doc = "Whose it is."},
    {.path = "adapter", .access = at<&AssignmentConfig::adapter>(), .doc = "What this adapter finds. Empty: any."},
    {.path = "pool",
     .access = at<&AssignmentConfig::pool>(),
     .doc = "The pool of that id and the resources that stand in it. Empty: any."},
    {.path = "labels",
     .access = at<&AssignmentConfig::labels>(),
     .type = Type::texts,
     .doc = "Labels that `extensions.labels` must have, all of them, each with that text."},
};

constexpr List lists[] = {
    list_of<&Config::multi_tenancy, &MultiTenancyConfig::assign>(
        "multi_tenancy.assign", "assignments", assignment, false,
        "A list of whose the pools and resources are that adapters find: the first item that holds says so; else a "
        "resource is its pool's tenant's, and everything else is `adapters[].tenant`'s. What a tenant made is its own "
        "whatever stands here."),
};

}  // namespace

Section multi_tenancy() { return {keys, lists}; }

}  // namespace netweave::config::sections
