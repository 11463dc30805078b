/*
 * Everything of C++ that needs a support library: returns 42 when all of it works
 */

#include <new>
#include <typeinfo>
#include <exception>

extern "C" void *malloc(__SIZE_TYPE__);
extern "C" void free(void *);

struct Base    { virtual ~Base() { } virtual int value() { return 1; } };
struct Side    { virtual ~Side() { } int side = 2; };
struct Derived : Base, Side { int value() override { return 7; } };

struct Failure
{
	int code;

	Failure(int code) : code(code) { }
	Failure(Failure const &other) : code(other.code) { }
	~Failure() { }
};

static int constructed = 0;

struct Constructed { Constructed() { constructed = 5; } };

static Constructed object;

static int destructed = 0;

struct Guard { ~Guard() { destructed++; } };

__attribute__((noinline)) static void fail(int code)
{
	Guard guard;
	throw Failure(code);
}

__attribute__((noinline)) static int once(int value)
{
	static int const kept = value * 2;
	return kept;
}

__attribute__((noinline)) static Base *make() { return new Derived; }

extern "C" int probe()
{
	int result = constructed;                       /*  5 */

	Base *base = make();
	if (Side *side = dynamic_cast<Side *>(base))
		result += side->side;                   /*  7 */

	if (typeid(*base) == typeid(Derived))
		result += base->value();                /* 14 */

	delete base;

	try { fail(10); }
	catch (int)                  { return 1; }
	catch (Failure const &error) { result += error.code; }  /* 24 */

	result += destructed;                           /* 25 */
	result += once(4) + once(9);                    /* 41 */

	try {
		try { fail(2); } catch (...) { throw; }
	}
	catch (Failure const &error) { result += error.code - 1; }  /* 42 */

	return result;
}
