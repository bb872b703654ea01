// EASE in closed form. With fewer users than items it is solved over the users:
//   P = (I - X'KX) / lambda, K = (XX' + lambda I)^-1, so B[i, j] = x_i'K x_j / (1 - x_j'K x_j) for i != j,
// which asks for an inverse of users x users only, and gives the same scores.
#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "recipes/yardstick_scores.h"
#include "recipes/yardsticks.h"

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

// sum of e_a e_b' over the pairs within each list, plus lambda I, inverted.
Eigen::MatrixXd invertedGram(const std::vector<std::vector<Index>>& lists, size_t size, double lambda) {
  Eigen::MatrixXd gram =
      Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(size), static_cast<Eigen::Index>(size));
  for (const auto& list : lists)
    for (const Index a : list)
      for (const Index b : list) gram(a, b) += 1;
  gram.diagonal().array() += lambda;
  return gram.llt().solve(Eigen::MatrixXd::Identity(gram.rows(), gram.cols()));
}

class EaseYardstick final : public Ranker {
 public:
  EaseYardstick(const YardstickInput& input, const EaseSettings& settings)
      : order_(input), settings_(settings), selector_(*input.selector) {
    x_ = incidenceOf(input, order_.itemCount());
    overUsers_ = x_.ofUser.size() < x_.items.size() && x_.ofUser.size() <= settings.most;
    if (!overUsers_ && x_.items.size() > settings.most) x_ = incidenceOf(input, settings.most);
    if (overUsers_)
      solveOverUsers();
    else
      solveOverItems();
  }

  Result<std::vector<Index>> rank(const Ask& ask) const override {
    const std::vector<Index> items = selectedItems(ask.input, selector_);
    std::vector<std::pair<Index, double>> weights;  // column, weight
    for (size_t k = 0; k < items.size(); ++k) {
      const Index column = x_.column[items[items.size() - 1 - k]];
      const double weight = settings_.decay > 0 ? std::exp(-static_cast<double>(k) / settings_.decay) : 1.0;
      if (column != kNoIndex && weight >= 1e-18) weights.emplace_back(column, weight);
    }
    std::vector<double> scores(order_.itemCount());
    if (overUsers_)
      scoreOverUsers(weights, scores);
    else
      scoreOverItems(weights, scores);
    return order_.best(scores, ask);
  }

 private:
  void solveOverUsers() {
    inverse_ = invertedGram(x_.ofItem, x_.ofUser.size(), settings_.lambda);
    self_.resize(x_.items.size());
    for (size_t item = 0; item < x_.items.size(); ++item)
      for (const Index a : x_.ofItem[item])
        for (const Index b : x_.ofItem[item]) self_[item] += inverse_(a, b);
  }

  void solveOverItems() {
    if (x_.items.empty()) return;
    inverse_ = invertedGram(x_.ofUser, x_.items.size(), settings_.lambda);
    // Column j of B is that of P, divided by -P[j, j].
    for (Eigen::Index j = 0; j < inverse_.cols(); ++j) {
      inverse_.col(j) /= -inverse_(j, j);
      inverse_(j, j) = 0;
    }
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

  ScoreOrder order_;
  EaseSettings settings_;
  const EventSelector& selector_;
  Incidence x_;
  bool overUsers_ = false;
  Eigen::MatrixXd inverse_;
  std::vector<double> self_;  // x_j'K x_j
};

}  // namespace

Result<std::unique_ptr<Ranker>> easeYardstick(const YardstickInput& input, const EaseSettings& settings,
                                              Progress& progress) {
  progress.begin("inverting", "steps", 1);
  std::unique_ptr<Ranker> made = std::make_unique<EaseYardstick>(input, settings);
  if (progress.cancelled()) return fail(ErrorCode::kCancelled, "the measuring was cancelled");
  return made;
}

}  // namespace proffer::recipes
