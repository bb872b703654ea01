#include "recipes/exploration/gamma.h"

#include <cmath>
#include <numbers>

namespace proffer::recipes {

uint64_t GammaDraws::bits() {  // SplitMix64
  state_ += 0x9e3779b97f4a7c15ULL;
  uint64_t x = state_;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

double GammaDraws::uniform() {
  return (static_cast<double>(bits() >> 11) + 0.5) * 0x1p-53;
}

double GammaDraws::normal() {  // Marsaglia's polar method
  if (hasSpare_) {
    hasSpare_ = false;
    return spare_;
  }
  double u = 0, v = 0, square = 0;
  do {
    u = 2 * uniform() - 1;
    v = 2 * uniform() - 1;
    square = u * u + v * v;
  } while (square >= 1 || square == 0);
  const double factor = std::sqrt(-2 * std::log(square) / square);
  spare_ = v * factor;
  hasSpare_ = true;
  return u * factor;
}

double GammaDraws::gamma(double shape, double rate) {  // Marsaglia and Tsang
  if (shape < 1) return gamma(shape + 1, rate) * std::pow(uniform(), 1 / shape);
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal();
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root, u = uniform();
    const double square = x * x;
    if (u < 1 - 0.0331 * square * square || std::log(u) < 0.5 * square + d * (1 - v + std::log(v)))
      return d * v / rate;
  }
}

double gammaTail(double shape, double rate, double x) {
  const double at = x * rate;
  if (at <= 0) return 1;
  int sign = 0;
  const double logFactor = shape * std::log(at) - at - ::lgamma_r(shape, &sign);
  constexpr int kMostTerms = 10'000;
  if (at < shape + 1) {  // the series of the lower part
    double term = 1 / shape, sum = term;
    for (int i = 1; i < kMostTerms && term > sum * 1e-15; ++i) sum += term *= at / (shape + i);
    return std::max(0.0, 1 - sum * std::exp(logFactor));
  }
  constexpr double kTiny = 1e-300;  // the continued fraction of the upper part (Lentz)
  double b = at + 1 - shape, c = 1 / kTiny, d = 1 / b, h = d;
  for (int i = 1; i < kMostTerms; ++i) {
    const double a = -i * (i - shape);
    b += 2;
    d = a * d + b;
    if (std::abs(d) < kTiny) d = kTiny;
    c = b + a / c;
    if (std::abs(c) < kTiny) c = kTiny;
    d = 1 / d;
    h *= d * c;
    if (std::abs(d * c - 1) < 1e-15) break;
  }
  return std::exp(logFactor) * h;
}

double quickGammaTail(double shape, double rate, double x) {
  if (x <= 0) return 1;
  const double spread = 1 / (9 * shape);
  const double z = (std::cbrt(x * rate / shape) - 1 + spread) / std::sqrt(spread);
  return 0.5 * std::erfc(z / std::numbers::sqrt2);
}

double gammaQuantile(double shape, double rate, double probability) {
  double low = 0, high = (shape + 10 * std::sqrt(shape) + 10) / rate;
  while (1 - gammaTail(shape, rate, high) < probability) high *= 2;
  for (int i = 0; i < 100 && high - low > 1e-12 * high; ++i) {
    const double middle = (low + high) / 2;
    (1 - gammaTail(shape, rate, middle) < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace proffer::recipes
