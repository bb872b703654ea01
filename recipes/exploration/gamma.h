// The gamma distribution: draws that depend on a seed alone, and its tail and quantiles.
//
// GammaDraws belongs to one thread; the functions are pure. The same seed gives the same draws everywhere.
#pragma once

#include <cstdint>

namespace proffer::recipes {

/// Numbers that look random, from a seed.
class GammaDraws {
 public:
  explicit GammaDraws(uint64_t seed) : state_(seed) {}

  uint64_t bits();   ///< 64 of them
  double uniform();  ///< in (0, 1)
  double normal();   ///< mean 0, standard deviation 1
  /// Of the gamma distribution with this shape and rate, both above 0: mean shape / rate.
  double gamma(double shape, double rate);

 private:
  uint64_t state_;
  double spare_ = 0;  // normals come in pairs
  bool hasSpare_ = false;
};

/// P(theta > x) for theta ~ Gamma(shape, rate).
double gammaTail(double shape, double rate, double x);
/// An approximation of it (Wilson and Hilferty), within .01 for shapes of at least 1/2; some 20 ns.
double quickGammaTail(double shape, double rate, double x);
/// The x below which a share of `probability`, in (0, 1), of Gamma(shape, rate) lies.
double gammaQuantile(double shape, double rate, double probability);

}  // namespace proffer::recipes
