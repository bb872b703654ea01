// The headers of base/precompiled.h and Catch2, compiled once for all tests.
#pragma once

#include <catch2/catch.hpp>

#include "base/precompiled.h"
