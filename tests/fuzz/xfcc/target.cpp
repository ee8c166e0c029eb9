#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tenancy/dn.hpp"
#include "tenancy/xfcc.hpp"

using namespace netweave;
using namespace netweave::tenancy;

/// A header is refused or gives at least one element; a subject that is taken from it is canonical.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  auto certificates = parse_xfcc(text);
  if (certificates && certificates->empty()) std::abort();
  const Network all[] = {{}};
  auto subject = forwarded_subject({{"X-Forwarded-Client-Cert", text}}, "192.0.2.1:1", all);
  if (subject && !subject->empty() && subject->size() <= 8192 && canonical_dn(*subject).value_or("") != *subject)
    std::abort();
  return 0;
}
