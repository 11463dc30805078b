/*
 * Conway's Game of Life on the log
 *
 *   <config generations="32" period_ms="100">
 *     <row cells=".O......"/>
 *     ...
 *   </config>
 *
 * The rows make up the field, whose borders are connected to the opposite ones.
 */

#include <base/attached.h>
#include <base/component.h>
#include <base/log.h>
#include <timer/connection.h>
#include <util/xml.h>

using namespace Genode;

namespace Life {

    class  Field;
    struct Main;
}


class Life::Field
{
    public:

        static constexpr unsigned MAX_WIDTH = 64, MAX_HEIGHT = 32;

    private:

        unsigned _width = 0, _height = 0;

        bool _alive[MAX_HEIGHT][MAX_WIDTH] { };

        unsigned _neighbours(unsigned x, unsigned y) const
        {
            /* going back by one is going forward by all but one */
            unsigned const dy[] { _height - 1, 0, 1 }, dx[] { _width - 1, 0, 1 };

            unsigned count = 0;
            for (unsigned j : dy)
                for (unsigned i : dx)
                    count += _alive[(y + j) % _height][(x + i) % _width];

            return count - _alive[y][x];
        }

    public:

        void add_row(Text cells)
        {
            if (_height == MAX_HEIGHT)
                return;

            _width = max(_width, unsigned(min(cells.len(), size_t(MAX_WIDTH))));

            for (unsigned x = 0; x < min(cells.len(), size_t(MAX_WIDTH)); x++)
                _alive[_height][x] = cells.start()[x] == 'O';

            _height++;
        }

        Field next() const
        {
            Field result = *this;

            for (unsigned y = 0; y < _height; y++)
                for (unsigned x = 0; x < _width; x++) {
                    unsigned const n = _neighbours(x, y);
                    result._alive[y][x] = n == 3 || (n == 2 && _alive[y][x]);
                }

            return result;
        }

        void print(Output &out) const
        {
            for (unsigned y = 0; y < _height; y++) {
                for (unsigned x = 0; x < _width; x++)
                    Genode::print(out, Char(_alive[y][x] ? 'O' : '.'));
                Genode::print(out, "\n");
            }
        }
};


struct Life::Main
{
    Env &env;

    Timer::Connection timer { env };

    Notification_handler<Main> tick_handler { *this, &Main::handle_tick };

    Field    field      { };
    uint64_t generation = 0, last = 0;

    void show() { log("generation ", generation, "\n", field); }

    void handle_tick()
    {
        field = field.next();
        generation++;
        show();

        if (generation == last)
            env.parent().exit(0);
    }

    explicit Main(Env &env) : env(env)
    {
        Attached_rom const config(env, "config");
        Xml_node     const node = Xml_node::parse(config.content()).value_or(Xml_node());

        node.for_each_child("row", [&] (Xml_node const &row) {
            field.add_row(row.attribute("cells", String<Field::MAX_WIDTH + 1>())); });

        last = node.number("generations", 32);

        show();

        timer.sigh(tick_handler);
        timer.trigger_periodic(node.number("period_ms", 100)*1000);
    }
};


void Component::construct(Env &env) { static Life::Main main(env); }
