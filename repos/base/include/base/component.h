/*
 * The one function that every component implements
 *
 * It is called once, and returns when the component is set up. From then on,
 * the component reacts to events.
 */

#pragma once

#include <base/env.h>

namespace Component { void construct(Genode::Env &); }
