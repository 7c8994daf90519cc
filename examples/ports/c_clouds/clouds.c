/* Cloud cover as a program of its own: one bulk cloud per column, and a stratiform cloud.

   Build:  make                          (Debian: apt install gcc make pkg-config libnetcdf-dev)
   Run:    ./clouds input.nc output.nc
   Judge:  jcm-validate columns --process clouds --implementation clouds.toml

   Specification page 13, part A; Molteni (2003), appendix A4; Kucharski et al. (2006, 2013).
   Reading and writing below main() is what `jcm-validate new-port --language c` wrote, a little
   shortened; the physics above it is the port. Level 0 is the top. */

#include <math.h>
#include <netcdf.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEVELS = 8, NO_LEVEL = 8 };

/* The suffix f: these literals are single precision in the original, widened afterwards. */
static const double RELATIVE_HUMIDITY_START = 0.3f; /* of cloud [1] */
static const double MINIMUM_HUMIDITY = 0.2f;        /* for cloud in levels 2 to 5 [g kg-1] */
static const double PRECIPITATION_WEIGHT = 0.2f;    /* cover at 1 mm/day [1] */
static const double PRECIPITATION_CAP = 10.0;       /* [mm/day] */
static const double MM_PER_DAY = 86.4f;             /* of 1 g m-2 s-1 */
static const double STRATIFORM_MAXIMUM = 0.6f;      /* [1] */
static const double STRATIFORM_LAND_MINIMUM = 0.15f; /* over saturated land [1] */
static const double STABILITY_NONE = 0.25;          /* gradient without stratiform cloud [1] */
static const double STABILITY_FULL = 0.4f;          /* gradient with all of it [1] */
static const double STRATIFORM_REDUCTION = 1.2f;    /* by other cloud [1] */

typedef struct {
    int top_level;     /* 8 without cloud */
    double cover;      /* [1] */
    double stratiform; /* [1] */
    double humidity;   /* that clouds absorb with [g kg-1] */
} Clouds;

/* Clouds of a column.

   q: specific humidity [g kg-1]; r: relative humidity [1], LEVELS each.
   precipitation: convective and large-scale [g m-2 s-1]; its top, 8 if none.
   gradient: of dry static energy with geopotential between the two lowest levels [1].
   land: its fraction [1]. */
static Clouds clouds(const double *q, const double *r, double precipitation,
                     int precipitation_top, double gradient, double land) {
    Clouds found;

    /* The level where relative humidity exceeds its threshold most, the lower one first. */
    double excess = fmax(r[6] - RELATIVE_HUMIDITY_START, 0.0);
    found.top_level = excess > 0.0 ? 6 : NO_LEVEL;
    for (int k = 2; k <= 5; k++) {
        if (r[k] - RELATIVE_HUMIDITY_START > excess && q[k] > MINIMUM_HUMIDITY) {
            excess = r[k] - RELATIVE_HUMIDITY_START;
            found.top_level = k;
        }
    }

    const double rain = fmin(PRECIPITATION_CAP, MM_PER_DAY * precipitation); /* mm/day */
    const double humid = fmin(1.0, excess * (1.0 / (1.0 - RELATIVE_HUMIDITY_START)));
    found.cover = fmin(1.0, PRECIPITATION_WEIGHT * sqrt(rain) + humid * humid);
    if (precipitation_top < found.top_level) found.top_level = precipitation_top;
    found.humidity = q[6];

    /* Stratiform cloud under a stable layer, less where other cloud covers it. */
    const double stability = fmin(fmax((gradient - STABILITY_NONE) *
                                       (1.0 / (STABILITY_FULL - STABILITY_NONE)), 0.0), 1.0);
    const double over_sea =
        stability * fmax(STRATIFORM_MAXIMUM - STRATIFORM_REDUCTION * found.cover, 0.0);
    const double over_land = fmax(over_sea, STRATIFORM_LAND_MINIMUM) * r[7];
    found.stratiform = over_sea + land * (over_land - over_sea);
    return found;
}

static void check(int status, const char *what) {
    if (status != NC_NOERR) {
        fprintf(stderr, "%s: %s\n", what, nc_strerror(status));
        exit(1);
    }
}

static void *allocate(size_t number, size_t size) {
    void *memory = calloc(number, size);
    if (memory == NULL && number > 0) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return memory;
}

static size_t length(int file, const char *dimension) {
    int id;
    size_t found;
    check(nc_inq_dimid(file, dimension, &id), dimension);
    check(nc_inq_dimlen(file, id, &found), dimension);
    return found;
}

static double *read_double(int file, const char *name, size_t number) {
    int id;
    double *values = allocate(number, sizeof *values);
    check(nc_inq_varid(file, name, &id), name);
    check(nc_get_var_double(file, id, values), name);
    return values;
}

static int *read_int(int file, const char *name, size_t number) {
    int id;
    int *values = allocate(number, sizeof *values);
    check(nc_inq_varid(file, name, &id), name);
    check(nc_get_var_int(file, id, values), name);
    return values;
}

/* A variable (column) of type NC_INT or NC_DOUBLE. */
static void write_variable(int file, int column, const char *name, nc_type type,
                           const void *values) {
    int id;
    check(nc_def_var(file, name, type, 1, &column, &id), name);
    check(nc_put_var(file, id, values), name);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s INPUT.nc OUTPUT.nc\n", argv[0]);
        return 2;
    }
    int in, out, column;
    check(nc_open(argv[1], NC_NOWRITE, &in), argv[1]);
    const size_t columns = length(in, "column");
    if (length(in, "level") != LEVELS) {
        fprintf(stderr, "level: expected %d of them\n", LEVELS);
        return 1;
    }
    const double *specific_humidity = read_double(in, "specific_humidity", columns * LEVELS);
    const double *relative_humidity = read_double(in, "relative_humidity", columns * LEVELS);
    const double *convective = read_double(in, "convective_precipitation", columns);
    const double *large_scale = read_double(in, "large_scale_precipitation", columns);
    const int *precipitation_top = read_int(in, "precipitation_top_level", columns);
    const double *gradient = read_double(in, "dry_static_energy_gradient", columns);
    const double *land = read_double(in, "land_fraction", columns);
    check(nc_close(in), argv[1]);

    int *top_level = allocate(columns, sizeof *top_level);
    double *cover = allocate(columns, sizeof *cover);
    double *stratiform = allocate(columns, sizeof *stratiform);
    double *humidity = allocate(columns, sizeof *humidity);
    for (size_t i = 0; i < columns; i++) {
        const Clouds found =
            clouds(&specific_humidity[i * LEVELS], &relative_humidity[i * LEVELS],
                   convective[i] + large_scale[i], precipitation_top[i], gradient[i], land[i]);
        top_level[i] = found.top_level;
        cover[i] = found.cover;
        stratiform[i] = found.stratiform;
        humidity[i] = found.humidity;
    }

    check(nc_create(argv[2], NC_NETCDF4 | NC_CLOBBER, &out), argv[2]);
    check(nc_def_dim(out, "column", columns, &column), "column");
    write_variable(out, column, "cloud_top_level", NC_INT, top_level);
    write_variable(out, column, "cloud_cover", NC_DOUBLE, cover);
    write_variable(out, column, "stratiform_cloud_cover", NC_DOUBLE, stratiform);
    write_variable(out, column, "cloud_humidity", NC_DOUBLE, humidity);
    check(nc_close(out), argv[2]);
    return 0;
}
