!> What is renewed once a day: sun and ozone, albedo, orographic corrections, carbon dioxide (spec 24, section 4).
module daily_update
    use boundary_data, only: boundary_fields
    use calendar_process, only: clock_time, fraction_of_year, is_leap_year
    use daily_forcing_process, only: co2_absorptivity, daily_forcing
    use dynamics_core, only: speedy_core
    use kinds, only: dp
    use model_parameter_sets, only: model_flags, model_parameters
    use orographic_correction_process, only: orographic_correction
    use spectral_transform, only: analysis, latitudes, longitudes, truncation
    use surface_coupling, only: surface_state
    use zonal_forcing_process, only: zonal_forcing
    implicit none
    private
    public :: daily_fields, new_daily_fields, update_daily_fields
    public :: row_sine, row_cosine, year_fraction

    !> Maps are (longitude, latitude), rows (latitude), spectral fields (m, n) from 0.
    type :: daily_fields
        real(dp), allocatable :: snow_cover(:, :)                   ! 1
        real(dp), allocatable :: land_albedo(:, :)                  ! 1
        real(dp), allocatable :: sea_albedo(:, :)                   ! 1
        real(dp), allocatable :: surface_albedo(:, :)               ! 1
        real(dp), allocatable :: insolation(:)                      ! W m-2
        real(dp), allocatable :: ozone_absorption_upper(:)          ! W m-2
        real(dp), allocatable :: ozone_absorption_lower(:)          ! W m-2
        real(dp), allocatable :: zenith_factor(:)                   ! 1
        real(dp), allocatable :: polar_night_cooling(:)             ! W m-2
        complex(dp), allocatable :: temperature_correction(:, :)    ! K
        complex(dp), allocatable :: humidity_correction(:, :)       ! g kg-1
        real(dp) :: co2_absorptivity = 0.0_dp                       ! 1
    end type daily_fields

contains

    !> Fields of zeros.
    pure function new_daily_fields() result(daily)
        type(daily_fields) :: daily

        allocate (daily%snow_cover(longitudes, latitudes), source=0.0_dp)
        allocate (daily%land_albedo, source=daily%snow_cover)
        allocate (daily%sea_albedo, source=daily%snow_cover)
        allocate (daily%surface_albedo, source=daily%snow_cover)
        allocate (daily%insolation(latitudes), source=0.0_dp)
        allocate (daily%ozone_absorption_upper, source=daily%insolation)
        allocate (daily%ozone_absorption_lower, source=daily%insolation)
        allocate (daily%zenith_factor, source=daily%insolation)
        allocate (daily%polar_night_cooling, source=daily%insolation)
        allocate (daily%temperature_correction(0:truncation, 0:truncation + 1), source=(0.0_dp, 0.0_dp))
        allocate (daily%humidity_correction, source=daily%temperature_correction)
    end function new_daily_fields

    !> Sine of the latitude of a row, counted from the south.
    pure function row_sine(core, row) result(sine)
        type(speedy_core), intent(in) :: core
        integer, intent(in) :: row
        real(dp) :: sine

        if (row > latitudes/2) then
            sine = core%transform%sine_latitude(latitudes + 1 - row)
        else
            sine = -core%transform%sine_latitude(row)
        end if
    end function row_sine

    !> Cosine of the latitude of a row, counted from the south.
    pure function row_cosine(core, row) result(cosine)
        type(speedy_core), intent(in) :: core
        integer, intent(in) :: row
        real(dp) :: cosine

        cosine = core%transform%cosine_latitude(min(row, latitudes + 1 - row))
    end function row_cosine

    !> Position of a date in its year, 1.
    pure function year_fraction(core, now) result(fraction)
        type(speedy_core), intent(in) :: core
        type(clock_time), intent(in) :: now
        real(dp) :: fraction
        logical :: long_february

        associate (f => core%formulation)
            long_february = is_leap_year(f, now%year) .and. .not. f%leap_day_outside_its_month
            fraction = fraction_of_year(f, long_february, now%month, now%day)
        end associate
    end function year_fraction

    !> The fields of the day, from the surface after the last coupling call.
    pure subroutine update_daily_fields(core, parameters, flags, boundary, surface_geopotential, now, surface, daily)
        type(speedy_core), intent(in) :: core
        type(model_parameters), intent(in) :: parameters
        type(model_flags), intent(in) :: flags
        type(boundary_fields), intent(in) :: boundary
        real(dp), intent(in) :: surface_geopotential(:, :)       ! (longitude, latitude), m2 s-2, truncated
        type(clock_time), intent(in) :: now
        type(surface_state), intent(in) :: surface
        type(daily_fields), intent(inout) :: daily
        real(dp), dimension(longitudes, latitudes) :: temperature_correction, humidity_correction
        real(dp) :: mean_surface_temperature, sea_level_temperature, pressure_ratio, sea_level_humidity, surface_humidity
        integer :: i, j, status     ! none of these kernels refuses anything

        associate (p => parameters, b => boundary, s => surface, d => daily)
            do j = 1, latitudes
                call zonal_forcing(core%formulation, p%zonal_forcing, year_fraction(core, now), row_sine(core, j), &
                    row_cosine(core, j), d%insolation(j), d%ozone_absorption_upper(j), d%ozone_absorption_lower(j), &
                    d%zenith_factor(j), d%polar_night_cooling(j), status)
                do i = 1, longitudes
                    call daily_forcing(p%daily_forcing, s%snow_depth(i, j), s%sea_ice_fraction(i, j), &
                        b%bare_land_albedo(i, j), b%land_fraction(i, j), d%snow_cover(i, j), d%land_albedo(i, j), &
                        d%sea_albedo(i, j), d%surface_albedo(i, j), status)
                    call orographic_correction(p%constants, p%orographic_correction, p%physics%humidity, &
                        b%land_fraction(i, j), b%sea_fraction(i, j), s%land_surface_temperature(i, j), &
                        s%sea_surface_temperature(i, j), surface_geopotential(i, j), temperature_correction(i, j), &
                        mean_surface_temperature, sea_level_temperature, pressure_ratio, sea_level_humidity, &
                        surface_humidity, humidity_correction(i, j), status)
                end do
            end do
            call analysis(core%transform, temperature_correction, d%temperature_correction)
            call analysis(core%transform, humidity_correction, d%humidity_correction)

            d%co2_absorptivity = p%physics%shortwave_radiation%longwave_co2_absorptivity
            if (flags%co2_trend == 1) then
                d%co2_absorptivity = &
                    co2_absorptivity(p%daily_forcing, d%co2_absorptivity, now%year, year_fraction(core, now))
            end if
        end associate
    end subroutine update_daily_fields

end module daily_update
