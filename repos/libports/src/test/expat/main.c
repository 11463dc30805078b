/*
 * Test of expat: XML documents from ROM modules are printed as trees
 */

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tree
{
    int  depth;
    char text[256];   /* collected until the next tag */
};


static void flush_text(struct tree *tree)
{
    if (tree->text[strspn(tree->text, " \t\n")])
        printf("%*s\"%s\"\n", 2*tree->depth, "", tree->text);

    tree->text[0] = 0;
}


static void XMLCALL start(void *arg, XML_Char const *name, XML_Char const **attributes)
{
    struct tree *tree = arg;

    flush_text(tree);
    printf("%*s%s", 2*tree->depth, "", name);

    for (; *attributes; attributes += 2)
        printf(" %s='%s'", attributes[0], attributes[1]);

    printf("\n");
    tree->depth++;
}


static void XMLCALL end(void *arg, XML_Char const *name)
{
    struct tree *tree = arg;

    (void)name;
    flush_text(tree);
    tree->depth--;
}


static void XMLCALL text(void *arg, XML_Char const *at, int len)
{
    struct tree *tree = arg;

    size_t const used = strlen(tree->text);
    snprintf(tree->text + used, sizeof(tree->text) - used, "%.*s", len, at);
}


static void XMLCALL comment(void *arg, XML_Char const *at)
{
    struct tree *tree = arg;

    flush_text(tree);
    printf("%*s<!--%s-->\n", 2*tree->depth, "", at);
}


/* parse by a few bytes at a time */
static void print_tree(char const *name)
{
    FILE *file = fopen(name, "r");
    if (!file) {
        perror(name);
        exit(1);
    }

    struct tree tree;
    memset(&tree, 0, sizeof(tree));

    XML_Parser parser = XML_ParserCreateNS(NULL, '|');
    if (!parser) {
        printf("no memory\n");
        exit(1);
    }
    XML_SetUserData(parser, &tree);
    XML_SetElementHandler(parser, start, end);
    XML_SetCharacterDataHandler(parser, text);
    XML_SetCommentHandler(parser, comment);

    printf("%s\n", name);

    char            part[10];
    enum XML_Status status = XML_STATUS_OK;

    while (status == XML_STATUS_OK && !feof(file)) {
        size_t const len = fread(part, 1, sizeof(part), file);
        status = XML_Parse(parser, part, (int)len, feof(file));
    }

    if (status == XML_STATUS_ERROR)
        printf("line %lu, column %lu: %s\n", XML_GetCurrentLineNumber(parser),
               XML_GetCurrentColumnNumber(parser), XML_ErrorString(XML_GetErrorCode(parser)));

    XML_ParserFree(parser);
    fclose(file);
}


int main(int argc, char **argv)
{
    printf("%s\n", XML_ExpatVersion());

    for (int i = 1; i < argc; i++)
        print_tree(argv[i]);

    return 0;
}
