/*
 * Plugin of GCC: the type of sizes in what C++ declares by itself
 *
 * Loaded besides 'bare', into the C++ compiler only, since it refers to its functions.
 * On 32-bit machines, 'operator new' and its like were declared with 'unsigned int'.
 */

#include <gcc-plugin.h>
#include <plugin-version.h>
#include <tree.h>
#include <tm.h>
#include <cp/cp-tree.h>
#include <cp/name-lookup.h>

int plugin_is_GPL_compatible;

static void adjust_operators(tree name)
{
	for (ovl_iterator found(get_global_binding(name)); found; ++found) {

		tree old = TREE_TYPE(*found), arguments = NULL_TREE;

		for (tree at = TYPE_ARG_TYPES(old); at && at != void_list_node; at = TREE_CHAIN(at)) {
			tree const type = TREE_VALUE(at);
			arguments = tree_cons(NULL_TREE,
			                      type == unsigned_type_node ? long_unsigned_type_node
			                                                 : type,
			                      arguments);
		}
		arguments = chainon(nreverse(arguments), void_list_node);

		tree type = build_function_type(TREE_TYPE(old), arguments);
		type = cp_build_type_attribute_variant(type, TYPE_ATTRIBUTES(old));

		TREE_TYPE(*found) = build_exception_variant(type, TYPE_RAISES_EXCEPTIONS(old));
		SET_DECL_ASSEMBLER_NAME(*found, NULL_TREE);
	}
}

static void adjust(void *, void *)
{
	if (TYPE_PRECISION(long_unsigned_type_node) != TYPE_PRECISION(unsigned_type_node))
		return;

	/* std::align_val_t */
	if (align_type_node)
		TREE_TYPE(align_type_node) = long_unsigned_type_node;

	for (tree_code code : { NEW_EXPR, VEC_NEW_EXPR, DELETE_EXPR, VEC_DELETE_EXPR })
		adjust_operators(ovl_op_identifier(false, code));
}

int plugin_init(plugin_name_args *args, plugin_gcc_version *version)
{
	if (!plugin_default_version_check(version, &gcc_version))
		return 1;

	register_callback(args->base_name, PLUGIN_START_UNIT, adjust, nullptr);
	return 0;
}
