// A gateway over a backend of one's own, without HTTP: what a program needs that has an inventory and wants O2 in it.
//
//   g++ -std=c++20 custom_adapter.cpp $(pkg-config --cflags --libs netweave) -o custom_adapter && ./custom_adapter

#include <condition_variable>
#include <iostream>
#include <map>
#include <mutex>

#include <netweave/gateway.hpp>

using namespace netweave;
using namespace std::chrono_literals;

// The program's own inventory: boards in a shelf. It knows nothing of O2.
struct Shelf {
  struct Board {
    int watts = 0;
    std::string order;  // a note that the shelf keeps with a board
  };
  std::mutex mutex;
  std::condition_variable_any changed;
  std::map<std::string, Board> boards;  // by serial number

  void plug(const std::string& serial, Board board) {
    {
      std::lock_guard lock(mutex);
      boards[serial] = std::move(board);
    }
    changed.notify_all();
  }
};

// How the shelf becomes inventory. `observe` runs on a thread of the gateway; writes come from others, several at once.
class ShelfAdapter : public ims::Adapter {
 public:
  ShelfAdapter(std::string name, std::shared_ptr<Shelf> shelf) : name_(std::move(name)), shelf_(std::move(shelf)) {}

  ims::AdapterInfo info() const override {
    return {.type = "shelf", .version = "1", .capabilities = {{Kind::resource, ims::Operation::create, ""}}};
  }
  ims::Health health() const override { return {.reachable = true, .detail = ""}; }

  // Lists everything again after each change: the gateway works out what is new, changed or gone.
  void observe(ims::Feed& feed, std::stop_token stop) override {
    while (!stop.stop_requested()) {
      auto pass = feed.begin({Kind::resource_pool, Kind::resource_type, Kind::resource});
      ResourcePool pool;
      pool.resource_pool_id = name_ + "-slots";
      pool.name = "Slots";
      pass->add({pool});
      ResourceType type;
      type.resource_type_id = name_ + "-board";
      type.name = "Board";
      pass->add({type});
      std::unique_lock lock(shelf_->mutex);
      auto before = snapshot();
      for (const auto& [serial, board] : shelf_->boards) pass->add(map(serial, board));
      lock.unlock();  // `commit` blocks until the store has it
      if (auto committed = pass->commit(); !committed) feed.failed(committed.error());
      lock.lock();
      shelf_->changed.wait_for(lock, stop, 5s, [&] { return snapshot() != before; });
    }
  }

  Result<ims::Observed> create_resource(const Resource& resource, const ims::CallContext& context) override {
    std::string serial(resource.extensions.at("serial").as_text());
    if (serial.empty()) {
      Error error = make_error(ErrorKind::invalid, "a board needs extensions.serial");
      error.faults.push_back({"extensions.serial", "is missing"});
      return error;
    }
    Shelf::Board board{100, context.client_token};  // the token tells the gateway that it is the board it asked for
    shelf_->plug(serial, board);
    return map(serial, board);
  }

 private:
  std::map<std::string, int> snapshot() const {
    std::map<std::string, int> watts;
    for (const auto& [serial, board] : shelf_->boards) watts[serial] = board.watts;
    return watts;
  }

  // Ids begin with the adapter's name and are the same after every restart.
  ims::Observed map(const std::string& serial, const Shelf::Board& board) const {
    Resource resource;
    resource.resource_id = name_ + "-" + serial;
    resource.resource_type_id = name_ + "-board";
    resource.resource_pool_id = name_ + "-slots";
    resource.global_asset_id = "urn:serial:" + serial;
    resource.extensions["serial"] = serial;
    resource.extensions["watts"] = board.watts;
    return {.object = resource, .uid = serial, .client_token = board.order};
  }

  const std::string name_;
  const std::shared_ptr<Shelf> shelf_;
};

http::Request request(std::string method, std::string target, std::string body = {}) {
  http::Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.body = std::move(body);
  if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  return request;
}

int main() {
  auto shelf = std::make_shared<Shelf>();
  shelf->plug("A1", {90, ""});

  Config config;
  config.store.backend = StoreBackend::memory;
  config.logging.level = "warn";
  config.adapters.emplace_back();
  config.adapters[0].name = "lab";
  config.adapters[0].type = "shelf";

  Options options;
  options.adapters["shelf"] = [shelf](const ims::AdapterSettings& settings) -> Result<std::unique_ptr<ims::Adapter>> {
    return std::unique_ptr<ims::Adapter>(std::make_unique<ShelfAdapter>(settings.name, shelf));
  };

  auto gateway = Gateway::create(config, options);
  if (!gateway) return std::cerr << gateway.error().message << "\n", 1;
  Gateway& o2 = **gateway;
  if (!o2.start() || !o2.wait_synced(10s)) return 1;

  std::cout << o2.call(request("GET", "/o2ims/v1/resources?fields=extensions.watts")).body.to_string() << "\n";

  auto events = o2.events();  // from now on
  if (!events) return 1;
  auto made = o2.call(request("POST", "/o2ims/v1/resources",
                              R"({"resourceId": "board-7", "resourceTypeId": "lab-board",
                                  "resourcePoolId": "lab-slots", "extensions": {"serial": "B7"}})"));
  std::cout << made.status << " " << made.body.to_string() << "\n";
  shelf->plug("A1", {95, ""});  // a change behind the gateway's back

  for (int seen = 0; seen < 2; ++seen) {
    auto event = events->next(10s);
    if (!event || !*event) return 1;
    std::cout << (*event)->revision << " " << (*event)->event_type << " " << (*event)->id << "\n";
  }
  return made.status == 201 ? 0 : 1;
}
