// The small parts of the training, each against the plainest way to say it.
#include <catch2/catch.hpp>
#include <cmath>

#include "recipes/network/adam.h"
#include "recipes/network/dropout.h"
#include "recipes/network/few_rows.h"
#include "recipes/network/gemm.h"
#include "recipes/network/tables.h"
#include "tests/network/made_sequences.h"

namespace parts_test {

using namespace proffer::recipes;
using namespace proffer::recipes::network;
using proffer::testing::Numbers;

TEST_CASE("Adam steps as its formula says") {
  Numbers numbers{4};
  double value = 0.5, first = 0, second = 0;
  std::vector<float> values(5, 0.5F), firsts(5), seconds(5), gradient(5);
  for (uint64_t step = 1; step <= 50; ++step) {
    const double g = numbers.unit() - 0.3;
    std::fill(gradient.begin(), gradient.end(), static_cast<float>(g));
    adam(AdamStep(1e-2, step, 0.5), gradient.data(), values.data(), firsts.data(), seconds.data(), 5);
    first = 0.9 * first + 0.1 * (0.5 * g);
    second = 0.98 * second + 0.02 * (0.5 * g) * (0.5 * g);
    const double m = first / (1 - std::pow(0.9, step)), v = second / (1 - std::pow(0.98, step));
    value -= 1e-2 * m / (std::sqrt(v) + 1e-8);
  }
  for (const float one : values) CHECK(one == Approx(value).epsilon(1e-4));
}

TEST_CASE("dropout drops its share, and the same for the same place") {
  const size_t rows = 200, cols = 64;
  Matrix<float> ones(rows, cols), again(rows, cols), elsewhere(rows, cols);
  for (auto* one : {&ones, &again, &elsewhere}) std::fill_n(one->data(), one->size(), 1.F);
  Dropout<float>::Tape tape;
  const DropoutKey key{0.2, 77};
  Dropout<float>::forward(key, 0, tape, ones);
  Dropout<float>::forward(key, 0, tape, again);
  Dropout<float>::forward(key.at(1), 0, tape, elsewhere);
  size_t dropped = 0, same = 0, equal = 0;
  for (size_t i = 0; i < ones.size(); ++i) {
    CHECK_FALSE((ones.data()[i] != 0 && std::abs(ones.data()[i] - 1.25F) > 1e-6F));
    dropped += ones.data()[i] == 0;
    same += ones.data()[i] == again.data()[i];
    equal += (ones.data()[i] == 0) == (elsewhere.data()[i] == 0);
  }
  CHECK(static_cast<double>(dropped) / (rows * cols) == Approx(0.2).margin(0.015));
  CHECK(same == rows * cols);
  CHECK(static_cast<double>(equal) / (rows * cols) == Approx(0.68).margin(0.02));  // .8 x .8 + .2 x .2
}

TEST_CASE("products of strided views are what loops say, and add where told") {
  Numbers numbers{8};
  for (const size_t size : {size_t{1}, size_t{7}, size_t{33}}) {
    Matrix<double> a(size + 2, 40), b(40, 40), c(size + 2, 40);
    for (auto* one : {&a, &b})
      for (double& value : one->values()) value = numbers.unit() - 0.5;
    const View<const double> left = a.rowsOf(1, size).colsOf(3, 20), right = b.rowsOf(2, 20).colsOf(5, 10);
    const View<double> out = c.rowsOf(1, size).colsOf(6, 10);
    multiply<double>(left, right, out);
    multiply<double>(left, right, out, true);
    double worst = 0;
    for (size_t i = 0; i < size; ++i)
      for (size_t j = 0; j < 10; ++j) {
        double sum = 0;
        for (size_t k = 0; k < 20; ++k) sum += 2 * left.row(i)[k] * right.row(k)[j];
        worst = std::max(worst, std::abs(sum - out.row(i)[j]));
      }
    CHECK(worst < 1e-12);
    CHECK(c(0, 6) == 0);
    CHECK(c(1, 5) == 0);
    CHECK(c(1, 16) == 0);
  }
}

template <class S>
void compareFewRows(double most) {
  Numbers numbers{8};
  for (const size_t rows : {size_t{1}, size_t{3}, size_t{4}, size_t{11}})
    for (const size_t cols : {size_t{5}, size_t{16}, size_t{80}, size_t{144}}) {
      Matrix<S> a(rows, 40), b(30, 160), c(rows, 160), expected(rows, 160), turned(160, 30);
      for (auto* one : {&a, &b, &c})
        for (S& value : one->values()) value = static_cast<S>(numbers.unit() - 0.5);
      expected = c;
      const View<const S> left = std::as_const(a).view().colsOf(2, 30),
                          right = std::as_const(b).view().colsOf(3, cols);
      for (const bool add : {false, true}) {
        multiplyFewRows<S>(left, right, c.view().colsOf(7, cols), add);
        multiply<S>(left, right, expected.view().colsOf(7, cols), add);
      }
      double worst = 0;
      for (size_t i = 0; i < c.size(); ++i)
        worst = std::max(worst, std::abs(static_cast<double>(c.data()[i] - expected.data()[i])));
      CHECK(worst < most);
      transpose<S>(b, turned);
      CHECK(turned(159, 29) == b(29, 159));
      CHECK(turned(17, 3) == b(3, 17));
    }
}

TEST_CASE("products of a few rows are those of many") {
  compareFewRows<float>(1e-5);
  compareFewRows<double>(1e-13);
}

TEST_CASE("slots are given in the order of first use, and anew after each batch") {
  Slots slots(10);
  CHECK(slots.add(7) == 0);
  CHECK(slots.add(2) == 1);
  CHECK(slots.add(7) == 0);
  CHECK(std::vector<Index>(slots.rows().begin(), slots.rows().end()) == std::vector<Index>{7, 2});
  slots.clear();
  CHECK(slots.size() == 0);
  CHECK(slots.add(2) == 0);
}

}  // namespace parts_test
