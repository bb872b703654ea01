#!/bin/sh
# Calls of the AWS command line that only read.
#
#   sh read_only.sh AWS URL BUCKET DIRECTORY RECIPE
set -eu
aws=$1
url=$2

ask() { "$aws" personalize --endpoint-url "$url" --output text "$@"; }

[ "$(ask list-recipes --query 'length(recipes)')" -ge 20 ]
[ "$(ask list-recipes --domain VIDEO_ON_DEMAND --query 'length(recipes)')" -eq 5 ]
ask describe-recipe --recipe-arn arn:aws:personalize:::recipe/aws-sims --query recipe.recipeType | grep -qx RELATED_ITEMS
ask describe-algorithm --algorithm-arn arn:aws:personalize:::algorithm/aws-sims \
  --query algorithm.defaultHyperParameters.popularity_discount_factor | grep -qx 0.5
ask describe-feature-transformation --query featureTransformation.status \
  --feature-transformation-arn arn:aws:personalize:::feature-transformation/JSON-percentile-filtering | grep -qx ACTIVE
ask list-dataset-groups >/dev/null
ask list-schemas >/dev/null
ask list-solutions >/dev/null
ask list-campaigns >/dev/null
ask list-event-trackers >/dev/null
ask list-filters >/dev/null
ask list-dataset-import-jobs --max-results 5 >/dev/null
! ask describe-campaign --campaign-arn arn:aws:personalize:local:000000000000:campaign/none 2>answer.$$ || exit 1
grep -q ResourceNotFoundException answer.$$
rm -f answer.$$
echo "the AWS command line reads"
