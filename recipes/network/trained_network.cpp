// Sections, all little-endian:
//   network/shape           uint64: format, encoder (0 recurrent, 1 attention), items, itemFeatures,
//                           inputFeatures, dimension, hidden, blocks, heads, feedForward, window
//   network/vectors         float32, items x dimension: v(i)
//   network/biases          float32, items
//   network/item_features   float32, itemFeatures x dimension
//   network/input_features  float32, inputFeatures x dimension
//   network/encoder         float32: the encoder's parameters end to end, padded as in memory
#include "recipes/network/trained_network.h"

#include <array>
#include <cstring>

#include "base/parallel.h"

namespace proffer::recipes::network {
namespace {

constexpr uint64_t kFormat = 1;
constexpr size_t kShapeNumbers = 11;
constexpr size_t kItemsPerChunk = 1024;

std::array<uint64_t, kShapeNumbers> numbersOf(const NetworkShape& shape) {
  const uint64_t attention = shape.encoder == NetworkShape::Encoder::kAttention ? 1 : 0;
  return {kFormat,      attention,    shape.items, shape.itemFeatures, shape.inputFeatures, shape.dimension,
          shape.hidden, shape.blocks, shape.heads, shape.feedForward,  shape.window};
}

struct Sections {
  std::span<const float> vectors, biases, itemFeatures, inputFeatures, encoder;
};

class TrainedNetwork final : public Network {
 public:
  TrainedNetwork(const NetworkShape& shape, const Sections& sections, std::unique_ptr<Encoder<float>> encoder)
      : shape_(shape), sections_(sections), encoder_(std::move(encoder)) {}

  void own(std::shared_ptr<const MemorySections> sections, int64_t bytes) {
    owned_ = std::move(sections);
    ownedBytes_ = bytes;
  }

  const NetworkShape& shape() const override { return shape_; }
  size_t stateSize() const override { return encoder_->stateSize(); }
  void initial(std::span<float> state) const override { encoder_->initial(state.data()); }

  void step(Index item, std::span<const Feature> features, std::span<float> state,
            std::span<float> answer) const override {
    const size_t d = shape_.dimension, width = padded(d);
    Matrix<float> in(1, width), out(1, width);
    if (item < shape_.items) std::copy_n(sections_.vectors.data() + size_t{item} * d, d, in.data());
    addBag(sections_.inputFeatures, features, in.data());
    encoder_->step(in.data(), state.data(), out.data());
    std::copy_n(out.data(), std::min(d, answer.size()), answer.data());
  }

  std::span<const float> itemVectors() const override { return sections_.vectors; }
  std::span<const float> itemBiases() const override { return sections_.biases; }
  void vectorOf(std::span<const Feature> itemBag, std::span<float> vector) const override {
    std::fill(vector.begin(), vector.end(), 0.F);
    addBag(sections_.itemFeatures, itemBag, vector.data());
  }

  void save(SectionWriter& out) const override {
    out.putArray<uint64_t>("network/shape", numbersOf(shape_));
    out.putArray("network/vectors", sections_.vectors);
    out.putArray("network/biases", sections_.biases);
    out.putArray("network/item_features", sections_.itemFeatures);
    out.putArray("network/input_features", sections_.inputFeatures);
    out.putArray("network/encoder", sections_.encoder);
  }

  int64_t residentBytes() const override {
    return ownedBytes_ + static_cast<int64_t>(sections_.encoder.size_bytes());
  }

 private:
  void addBag(std::span<const float> table, std::span<const Feature> bag, float* out) const {
    const size_t d = shape_.dimension;
    for (const Feature& feature : bag) {
      if (size_t{feature.row} * d >= table.size()) continue;
      const float* const row = table.data() + size_t{feature.row} * d;
      for (size_t i = 0; i < d; ++i) out[i] += feature.weight * row[i];
    }
  }

  NetworkShape shape_;
  Sections sections_;
  std::unique_ptr<Encoder<float>> encoder_;
  std::shared_ptr<const MemorySections> owned_;
  int64_t ownedBytes_ = 0;
};

// Rows without their padding.
std::vector<float> narrowed(const Matrix<float>& table, size_t width) {
  std::vector<float> rows(table.rows() * width);
  for (size_t i = 0; i < table.rows(); ++i) std::copy_n(table.row(i), width, rows.data() + i * width);
  return rows;
}

Result<std::span<const float>> floats(const SectionReader& in, std::string_view name, size_t count) {
  PROFFER_TRY(const std::span<const float> values, in.getArray<float>(name));
  if (values.size() != count)
    return fail(ErrorCode::kCorrupt, "section {} of the model has {} numbers, its shape says {}", name,
                values.size(), count);
  return values;
}

Result<NetworkShape> readShape(const SectionReader& in) {
  PROFFER_TRY(const std::span<const uint64_t> numbers, in.getArray<uint64_t>("network/shape"));
  if (numbers.size() != kShapeNumbers || numbers[1] > 1)
    return fail(ErrorCode::kCorrupt, "section network/shape of the model is not one");
  if (numbers[0] != kFormat)
    return fail(ErrorCode::kCorrupt, "the network has format {}, this program knows {}", numbers[0], kFormat);
  NetworkShape shape;
  shape.encoder = numbers[1] == 1 ? NetworkShape::Encoder::kAttention : NetworkShape::Encoder::kRecurrent;
  shape.items = numbers[2], shape.itemFeatures = numbers[3], shape.inputFeatures = numbers[4];
  shape.dimension = numbers[5], shape.hidden = numbers[6], shape.blocks = numbers[7];
  shape.heads = numbers[8], shape.feedForward = numbers[9], shape.window = numbers[10];
  if (auto checked = checkShape(shape); !checked)
    return fail(ErrorCode::kCorrupt, "section network/shape of the model: {}", checked.error().message);
  return shape;
}

Result<std::unique_ptr<TrainedNetwork>> openSections(const SectionReader& in) {
  PROFFER_TRY(const NetworkShape shape, readShape(in));
  Sections sections;
  PROFFER_TRY(sections.vectors, floats(in, "network/vectors", shape.items * shape.dimension));
  PROFFER_TRY(sections.biases, floats(in, "network/biases", shape.items));
  PROFFER_TRY(sections.itemFeatures,
              floats(in, "network/item_features", shape.itemFeatures * shape.dimension));
  PROFFER_TRY(sections.inputFeatures,
              floats(in, "network/input_features", shape.inputFeatures * shape.dimension));
  auto encoder = makeEncoder<float>(shape);
  size_t count = 0;
  for (const auto* parameter : encoder->parameters()) count += parameter->value.size();
  PROFFER_TRY(sections.encoder, floats(in, "network/encoder", count));
  const float* from = sections.encoder.data();
  for (auto* parameter : encoder->parameters()) {
    std::copy_n(from, parameter->value.size(), parameter->value.data());
    from += parameter->value.size();
  }
  return std::make_unique<TrainedNetwork>(shape, sections, std::move(encoder));
}

}  // namespace

Result<void> checkShape(const NetworkShape& shape) {
  struct Bound {
    const char* name;
    size_t value, least, most;
  };
  const bool attention = shape.encoder == NetworkShape::Encoder::kAttention;
  const Bound bounds[] = {{"items", shape.items, 1, size_t{1} << 31},
                          {"item features", shape.itemFeatures, 0, size_t{1} << 31},
                          {"input features", shape.inputFeatures, 0, size_t{1} << 31},
                          {"dimension", shape.dimension, 1, 2048},
                          {"hidden units", shape.hidden, attention ? size_t{0} : size_t{1}, 2048},
                          {"blocks", shape.blocks, attention ? size_t{1} : size_t{0}, 16},
                          {"heads", shape.heads, attention ? size_t{1} : size_t{0}, 32},
                          {"feed-forward units", shape.feedForward, attention ? size_t{1} : size_t{0}, 8192},
                          {"window", shape.window, attention ? size_t{1} : size_t{0}, 4096}};
  for (const Bound& bound : bounds)
    if (bound.value < bound.least || bound.value > bound.most)
      return fail(ErrorCode::kInvalidInput, "a network of {} {}: from {} to {} are possible", bound.value,
                  bound.name, bound.least, bound.most);
  return {};
}

void saveNetwork(const NetworkShape& shape, Learned& learned, SectionWriter& out) {
  const size_t d = shape.dimension, width = padded(d);
  out.putArray<uint64_t>("network/shape", numbersOf(shape));
  {
    std::vector<float> vectors(shape.items * d);
    parallelFor((shape.items + kItemsPerChunk - 1) / kItemsPerChunk, [&](size_t chunk) {
      Matrix<float> row(1, width);
      const size_t last = std::min(shape.items, (chunk + 1) * kItemsPerChunk);
      for (size_t item = chunk * kItemsPerChunk; item < last; ++item) {
        learned.items.vectorOf(static_cast<Index>(item), row.data());
        std::copy_n(row.data(), d, vectors.data() + item * d);
      }
    });
    out.putArray<float>("network/vectors", vectors);
  }
  out.putArray<float>("network/biases", learned.items.biases.values());
  out.putArray<float>("network/item_features", narrowed(learned.items.features.value, d));
  out.putArray<float>("network/input_features", narrowed(learned.inputs.value, d));
  std::vector<float> encoder;
  for (const auto* parameter : learned.encoder->parameters()) {
    const auto values = parameter->value.values();
    encoder.insert(encoder.end(), values.begin(), values.end());
  }
  out.putArray<float>("network/encoder", encoder);
}

Result<std::unique_ptr<Network>> ownedNetwork(const NetworkShape& shape, Learned& learned) {
  auto sections = std::make_shared<MemorySections>();
  saveNetwork(shape, learned, *sections);
  int64_t bytes = 0;
  for (const std::string& name : sections->names())
    bytes += static_cast<int64_t>(sections->get(name)->size());
  PROFFER_TRY(auto network, openSections(*sections));
  network->own(std::move(sections), bytes);
  return std::unique_ptr<Network>(std::move(network));
}

}  // namespace proffer::recipes::network

namespace proffer::recipes {

Result<std::unique_ptr<Network>> Network::open(const SectionReader& in) {
  PROFFER_TRY(auto network, network::openSections(in));
  return std::unique_ptr<Network>(std::move(network));
}

}  // namespace proffer::recipes
