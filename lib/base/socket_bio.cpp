#include "base/socket_bio.hpp"

#include <cerrno>
#include <cstdint>
#include <memory>

#include <sys/socket.h>

namespace netweave {
namespace {

int socket_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool again() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int write_socket(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  auto sent = static_cast<int>(::send(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL));
  if (sent < 0 && again()) BIO_set_retry_write(bio);
  return sent;
}

int read_socket(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  auto received = static_cast<int>(::recv(socket_of(bio), into, static_cast<std::size_t>(size), 0));
  if (received < 0 && again()) BIO_set_retry_read(bio);
  if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return received;
}

long control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

struct FreeMethod {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

const BIO_METHOD* method() {
  static const std::unique_ptr<BIO_METHOD, FreeMethod> made = [] {
    std::unique_ptr<BIO_METHOD, FreeMethod> one(BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "netweave"));
    BIO_meth_set_write(one.get(), write_socket);
    BIO_meth_set_read(one.get(), read_socket);
    BIO_meth_set_ctrl(one.get(), control);
    BIO_meth_set_create(one.get(), create);
    return one;
  }();
  return made.get();
}

}  // namespace

BIO* make_socket_bio(int socket) {
  BIO* bio = BIO_new(method());
  if (bio != nullptr) BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  return bio;
}

}  // namespace netweave
