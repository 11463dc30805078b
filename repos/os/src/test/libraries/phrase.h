/*
 * Static library, which becomes a part of whatever uses it
 */

#pragma once

#ifdef __cplusplus
extern "C" {
#endif

char const *phrase(void);

#ifdef __cplusplus
}
#endif
