/*
 * Memory that is mapped as long as the object exists
 */

#pragma once

#include <base/connection.h>

namespace Genode {

    class Attached_ram;
    class Attached_rom;
}


/* zero-initialised memory that can be shared with others as dataspace */
class Genode::Attached_ram : Noncopyable
{
    private:

        Cap                _ds   = Cap::INVALID;
        Platform::Attached _addr { nullptr, 0 };

    public:

        /* on failure, 'size' is 0 */
        explicit Attached_ram(size_t bytes);

        ~Attached_ram();

        Cap    ds()    const { return _ds; }
        char  *start() const { return static_cast<char *>(_addr.addr); }
        size_t size()  const { return _addr.size; }
};


/* content of a ROM module, requires the module to exist */
class Genode::Attached_rom : Noncopyable
{
    private:

        Connection         _rom;
        Cap                _ds   = Cap::INVALID;
        Platform::Attached _addr { nullptr, 0 };
        size_t             _size = 0;

    public:

        Attached_rom(Env &, Text name);

        ~Attached_rom();

        Cap  ds()      const { return _ds; }
        Text content() const { return Text(static_cast<char const *>(_addr.addr), _size); }
};
