/*
 * Plugin of GCC: decisions of the target that no option changes
 *
 * A compiler for Linux uses the host's thread-local storage, and 'unsigned int' for
 * sizes on 32-bit machines. The pinned compilers emulate thread-local variables by
 * '__emutls_get_address', and have 'unsigned long' on every machine.
 */

#include <gcc-plugin.h>
#include <plugin-version.h>
#include <tree.h>
#include <tm.h>
#include <target.h>

int plugin_is_GPL_compatible;

/* called when the language's types are set up, before the source is read */
static void adjust_types(void *, void *)
{
	if (TYPE_PRECISION(size_type_node) != TYPE_PRECISION(long_unsigned_type_node))
		return;

	size_type_node    = long_unsigned_type_node;
	ptrdiff_type_node = long_integer_type_node;
}

int plugin_init(plugin_name_args *args, plugin_gcc_version *version)
{
	if (!plugin_default_version_check(version, &gcc_version))
		return 1;

	targetm.have_tls = false;
	register_callback(args->base_name, PLUGIN_START_UNIT, adjust_types, nullptr);
	return 0;
}
