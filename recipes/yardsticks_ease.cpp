// EASE in closed form. With fewer users than items it is solved over the users:
//   P = (I - X'KX) / lambda, K = (XX' + lambda I)^-1, so B[i, j] = x_i'K x_j / (1 - x_j'K x_j) for i != j,
// which asks for an inverse of users x users only, and gives the same scores.
#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "recipes/yardstick_scores.h"
#include "recipes/yardsticks.h"
#include "recipes/yardsticks_inverse.h"

namespace proffer::recipes {
namespace {

// X of the users that have anything and the items that are taken, both ways.
struct Incidence {
  std::vector<Index> items;                // column -> item
  std::vector<Index> column;               // item -> column or kNoIndex
  std::vector<std::vector<Index>> ofUser;  // row -> columns, ascending
  std::vector<std::vector<Index>> ofItem;  // column -> rows, ascending
};

Incidence incidenceOf(const YardstickInput& input, size_t mostItems) {
  Incidence x;
  const std::vector<uint32_t> users = usersPerItem(input);
  for (Index item = 0; item < users.size(); ++item)
    if (users[item] > 0) x.items.push_back(item);
  if (x.items.size() > mostItems) {
    std::stable_sort(x.items.begin(), x.items.end(), [&](Index a, Index b) { return users[a] > users[b]; });
    x.items.resize(mostItems);
    std::sort(x.items.begin(), x.items.end());
  }
  x.column.assign(users.size(), kNoIndex);
  for (size_t at = 0; at < x.items.size(); ++at) x.column[x.items[at]] = static_cast<Index>(at);
  x.ofItem.resize(x.items.size());
  Interactions::Scratch scratch;
  for (Index user = 0; user < input.training->userCount(); ++user) {
    std::vector<Index> columns;
    for (const Index item :
         distinctItems(selectedItems(input.training->history(user, scratch), *input.selector)))
      if (x.column[item] != kNoIndex) columns.push_back(x.column[item]);
    if (columns.empty()) continue;
    for (const Index column : columns) x.ofItem[column].push_back(static_cast<Index>(x.ofUser.size()));
    x.ofUser.push_back(std::move(columns));
  }
  return x;
}

// sum of e_a e_b' over the pairs within each list, plus lambda I, inverted. False: cancelled.
bool invertedGram(const std::vector<std::vector<Index>>& lists, size_t size, double lambda,
                  Progress& progress, Eigen::MatrixXd& gram) {
  gram = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(size), static_cast<Eigen::Index>(size));
  for (const auto& list : lists) {
    if (progress.cancelled()) return false;
    for (const Index a : list)
      for (const Index b : list) gram(a, b) += 1;
  }
  gram.diagonal().array() += lambda;
  progress.begin("inverting", "steps", static_cast<int64_t>(stepsOfInversion(size)));
  return invertPositiveDefinite({gram.data(), size * size}, size, [&] {
    progress.add(1);
    return !progress.cancelled();
  });
}

class EaseYardstick final : public OrderedScorer {
 public:
  EaseYardstick(const YardstickInput& input, const EaseSettings& settings)
      : OrderedScorer(input), settings_(settings), selector_(*input.selector) {}

  Result<void> train(const YardstickInput& input, Progress& progress) {
    x_ = incidenceOf(input, order().itemCount());
    overUsers_ = x_.ofUser.size() < x_.items.size() && x_.ofUser.size() <= settings_.most;
    if (!overUsers_ && x_.items.size() > settings_.most) x_ = incidenceOf(input, settings_.most);
    if (overUsers_ ? solveOverUsers(progress) : solveOverItems(progress)) return {};
    return fail(ErrorCode::kCancelled, "the measuring was cancelled");
  }

  std::vector<double> scores(const Ask& ask) const override {
    const std::vector<Index> items = selectedItems(ask.input, selector_);
    std::vector<std::pair<Index, double>> weights;  // column, weight
    for (size_t k = 0; k < items.size(); ++k) {
      const Index column = x_.column[items[items.size() - 1 - k]];
      const double weight = settings_.decay > 0 ? std::exp(-static_cast<double>(k) / settings_.decay) : 1.0;
      if (column != kNoIndex && weight >= 1e-18) weights.emplace_back(column, weight);
    }
    std::vector<double> scores(order().itemCount());
    if (overUsers_)
      scoreOverUsers(weights, scores);
    else
      scoreOverItems(weights, scores);
    return scores;
  }

 private:
  bool solveOverUsers(Progress& progress) {
    if (!invertedGram(x_.ofItem, x_.ofUser.size(), settings_.lambda, progress, inverse_)) return false;
    self_.resize(x_.items.size());
    for (size_t item = 0; item < x_.items.size() && !progress.cancelled(); ++item)
      for (const Index a : x_.ofItem[item])
        for (const Index b : x_.ofItem[item]) self_[item] += inverse_(a, b);
    return !progress.cancelled();
  }

  bool solveOverItems(Progress& progress) {
    if (!invertedGram(x_.ofUser, x_.items.size(), settings_.lambda, progress, inverse_)) return false;
    // Column j of B is that of P, divided by -P[j, j].
    for (Eigen::Index j = 0; j < inverse_.cols(); ++j) {
      inverse_.col(j) /= -inverse_(j, j);
      inverse_(j, j) = 0;
    }
    return !progress.cancelled();
  }

  void scoreOverUsers(const std::vector<std::pair<Index, double>>& weights,
                      std::vector<double>& scores) const {
    Eigen::VectorXd users = Eigen::VectorXd::Zero(inverse_.rows());
    std::vector<double> own(x_.items.size());
    for (const auto& [column, weight] : weights) {
      own[column] += weight;
      for (const Index user : x_.ofItem[column]) users[user] += weight;
    }
    const Eigen::VectorXd solved = inverse_ * users;
    for (size_t item = 0; item < x_.items.size(); ++item) {
      double sum = -own[item] * self_[item];
      for (const Index user : x_.ofItem[item]) sum += solved[user];
      scores[x_.items[item]] = sum / (1 - self_[item]);
    }
  }

  void scoreOverItems(const std::vector<std::pair<Index, double>>& weights,
                      std::vector<double>& scores) const {
    if (x_.items.empty()) return;
    Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(inverse_.cols());
    for (const auto& [column, weight] : weights) sum += weight * inverse_.row(column);
    for (size_t item = 0; item < x_.items.size(); ++item)
      scores[x_.items[item]] = sum[static_cast<Eigen::Index>(item)];
  }

  EaseSettings settings_;
  const EventSelector& selector_;
  Incidence x_;
  bool overUsers_ = false;
  Eigen::MatrixXd inverse_;
  std::vector<double> self_;  // x_j'K x_j
};

}  // namespace

Result<std::unique_ptr<Scorer>> easeYardstick(const YardstickInput& input, const EaseSettings& settings,
                                              Progress& progress) {
  auto made = std::make_unique<EaseYardstick>(input, settings);
  PROFFER_CHECK(made->train(input, progress));
  return std::unique_ptr<Scorer>(std::move(made));
}

}  // namespace proffer::recipes
