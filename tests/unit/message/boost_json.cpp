// Boost.JSON as source, for the catalogues; the proxy itself does not use it here.
#include <boost/json/src.hpp>
