"""Where the keys of the configuration are seen to act whose difference test_keys.py does not show itself: a test that
names them. And those that nothing shows, with the reason."""

LIMITS = "tests/e2e/test_limits.py::test_each_kind_of_limit_refuses_its_own_requests"
TENANT_LIMIT = "tests/e2e/test_limits.py::test_one_too_many_is_refused_and_let_through_when_it_was_told_to_come_again"
CLIENT_AUTH = "tests/e2e/test_tls.py::test_client_auth"
HTTP_LIMITS = "tests/conformance/http/limits_test.cpp"
FAILURES = "tests/integration/events/failure_test.cpp"
STREAMS = "tests/e2e/test_streams.py"
SCANS = "tests/e2e/test_queries_v2.py"
REDIS_MODES = "tests/conformance/store/redis_modes_test.cpp"
REDIS_TLS = REDIS_MODES + "::Redis behind TLS, with and without a certificate of our own"
REPLICAS = "tests/conformance/store/redis_store_test.cpp::with replicas to wait for, nobody reads from Redis what they do not have"
TRACES = "tests/e2e/test_traces.py"
OPERATIONS = "tests/e2e/test_operations.py"

ELSEWHERE = {
    "environment": "tests/e2e/test_configuration.py::test_the_stricter_environment_holds",
    "operations.host": OPERATIONS + "::test_it_has_a_host_of_its_own",
    "operations.port": OPERATIONS + "::test_what_stands_on_which_port",
    "server.write_timeout": HTTP_LIMITS + "::a client that does not read its answer is cut off, and others are served meanwhile",
    "server.max_handshakes": "tests/e2e/test_tls.py::test_a_client_that_stalls_in_its_handshake_holds_nobody_up",
    "tls.enabled": "tests/e2e/test_tls.py::test_the_url_is_https_and_plain_http_is_not_served",
    "tls.cert_file": "tests/e2e/test_tls.py::test_faults_are_told_by_key_file_and_reason",
    "tls.key_file": "tests/e2e/test_tls.py::test_faults_are_told_by_key_file_and_reason",
    "tls.ca_file": CLIENT_AUTH,
    "tls.client_auth": CLIENT_AUTH,
    "tls.min_version": "tests/e2e/test_tls.py::test_the_least_version",
    "tls.cipher_suites": "tests/conformance/http/tls_test.cpp::cipher suites",
    "tls.trusted_proxies": "tests/e2e/test_limits.py::test_a_client_behind_a_trusted_proxy_has_its_own_bucket",
    "store.lease_ttl": "tests/e2e/test_fleet.py::test_who_observes_goes_and_another_takes_over",
    "store.log.max_entries": "tests/e2e/test_deliveries.py::test_the_log_is_trimmed_by_entries_and_a_subscription_behind_it_is_told",
    "store.wait_replicas": REPLICAS,
    "store.wait_timeout": REPLICAS,
    "redis.mode": REDIS_MODES + "::Redis behind Sentinels, through the death of its primary",
    "redis.master_name": REDIS_MODES + "::Redis behind Sentinels that know no such master",
    "redis.username": "tests/conformance/store/redis_store_test.cpp::passwords and rights of Redis",
    "redis.dial_timeout": "tests/e2e/test_redis.py::test_a_redis_that_is_away_is_named",
    "redis.read_timeout": "tests/conformance/store/redis_store_test.cpp::a Redis that hangs: the outcome is unknown, and what it did in the end is read",
    "redis.enable_tls": REDIS_TLS,
    "redis.ca_file": REDIS_TLS,
    "redis.cert_file": REDIS_TLS,
    "redis.key_file": REDIS_TLS,
    "redis.check_persistence": "tests/e2e/test_redis.py::test_a_server_that_would_forget_is_refused",
    "query.scan_inline": SCANS + "::test_scans_leave_the_server_s_thread_and_end_in_time",
    "query.scan_workers": SCANS + "::test_scans_leave_the_server_s_thread_and_end_in_time",
    "query.scan_timeout": SCANS + "::test_scans_leave_the_server_s_thread_and_end_in_time",
    "query.scan_waiting": SCANS + "::test_as_many_scans_wait_as_query_scan_waiting_allows",
    "batch.max_entries": "tests/e2e/test_batch.py::test_the_document_tells_the_limit_that_is_configured",
    "batch.at_once": "tests/unit/api/ims/batch_rollback_test.cpp::as many entries are written at once as batch.at_once allows, and no more",
    "subscriptions.max_concurrent": "tests/integration/events/delivery_test.cpp::no more deliveries are under way at once than is allowed",
    "subscriptions.timeout": FAILURES + "::a callback that answers nothing in time is tried again",
    "subscriptions.max_attempts": FAILURES + "::what the callback calls wrong goes to the dead letters after max_attempts, and the next one's turn comes",
    "subscriptions.backoff": "tests/e2e/test_deliveries.py::test_dead_letters_are_listed_and_sent_again",
    "subscriptions.max_backoff": FAILURES + "::Retry-After is capped at max_backoff",
    "subscriptions.max_age": FAILURES + "::past max_age the subscription is suspended, across restarts too, until it is resumed",
    "streams.max_streams": STREAMS + "::test_one_stream_more_than_there_may_be_is_refused",
    "streams.buffer_bytes": STREAMS + "::test_a_reader_that_is_too_slow_is_closed_and_goes_on_without_loss",
    "streams.bookmark_interval": STREAMS + "::test_a_quiet_stream_says_how_far_it_is",
    "oran.profile": "tests/e2e/test_oran_inventory.py::test_a_profile_can_be_set_aside",
    "oran.decimal_marker": "tests/e2e/test_oran_inventory.py::test_a_decimal_marker_is_a_page_where_the_profile_says_so",
    "oran.page_bytes": "tests/e2e/test_oran_inventory.py::test_a_page_ends_at_its_bytes",
    "security.rate_limit.enabled": TENANT_LIMIT,
    "security.rate_limit.tenant.requests_per_second": TENANT_LIMIT,
    "security.rate_limit.tenant.burst": TENANT_LIMIT,
    "security.rate_limit.global.requests_per_second": LIMITS,
    "security.rate_limit.global.burst": LIMITS,
    "security.rate_limit.resource": LIMITS,
    "security.rate_limit.endpoints[].method": LIMITS,
    "security.rate_limit.endpoints[].route": LIMITS,
    "security.rate_limit.endpoints[].requests_per_second": LIMITS,
    "security.rate_limit.endpoints[].burst": LIMITS,
    "multi_tenancy.jwt.jwks_uri": "tests/integration/tenancy/oidc_test.cpp::keys rotate through all algorithms while the gateway runs; a withdrawn key's tokens end",
    "validation.enabled": "tests/unit/api/validation_test.cpp::without validation a handler still refuses what it can't use",
    "validation.validate_response": "tests/unit/api/validation_test.cpp::an answer that breaks the document is a 500 that says how, where answers are validated",
    "observability.tracing.enabled": TRACES + "::test_without_tracing_every_request_has_a_trace_id_and_no_span_is_made",
    "observability.tracing.endpoint": TRACES + "::test_a_collector_that_is_not_there_holds_nobody_up",
    "observability.tracing.sampling_rate": TRACES + "::test_no_rate_reports_nothing_of_its_own_and_what_callers_report",
    "observability.tracing.service_name": TRACES + "::test_no_rate_reports_nothing_of_its_own_and_what_callers_report",
    "routing.rules[].conditions.capabilities": "tests/unit/routing/routing_test.cpp::a rule asks what its adapter can do at that moment",
    "adapters[].visibility_grace": "tests/unit/adapters/pass_test.cpp::what was made lately may be missing from a list for the grace",
}

UNSEEN = {
    "store.commit_delay": "a ceiling: how much one commit gathers depends on what comes meanwhile",
    "redis.pool_size": "a ceiling: how many connections there are depends on what comes at once",
    "store.sync": "only a power cut tells",
    "store.log.max_age": "at least a minute",
    "redis.write_timeout": "a command is smaller than the kernel's buffers",
    "multi_tenancy.audit_log_retention_days": "at least a day",
    "adapters[].poll_interval": "no adapter of this version polls: those of embedders may",
}
