!> The atmosphere in spectral space and on the grid, and what the physics adds to it (spec 00, section 2).
!>
!> Spectral arrays are (m, n, level) from 0, total wavenumber m + n; grid arrays (longitude, latitude, level), from
!> Greenwich eastwards, from south to north, from the top down. Humidity is in g kg-1.
module prognostic_fields
    use kinds, only: dp
    use spectral_transform, only: latitudes, longitudes, truncation
    implicit none
    private
    public :: prognostic_state, new_prognostic_state
    public :: grid_fields, new_grid_fields
    public :: grid_tendencies, new_grid_tendencies

    !> One time level.
    type :: prognostic_state
        complex(dp), allocatable :: vorticity(:, :, :)            ! s-1
        complex(dp), allocatable :: divergence(:, :, :)           ! s-1
        complex(dp), allocatable :: temperature(:, :, :)          ! K
        complex(dp), allocatable :: specific_humidity(:, :, :)    ! g kg-1
        complex(dp), allocatable :: log_normalized_surface_pressure(:, :)   ! ln(p_s / 1e5 Pa), (m, n)
    end type prognostic_state

    !> What the physics sees of one time level.
    type :: grid_fields
        real(dp), allocatable :: eastward_wind(:, :, :)        ! m s-1
        real(dp), allocatable :: northward_wind(:, :, :)       ! m s-1
        real(dp), allocatable :: temperature(:, :, :)          ! K
        real(dp), allocatable :: specific_humidity(:, :, :)    ! g kg-1, may be negative
        real(dp), allocatable :: geopotential(:, :, :)         ! m2 s-2
        real(dp), allocatable :: log_normalized_surface_pressure(:, :)   ! (longitude, latitude)
    end type grid_fields

    !> What the physics adds to the dynamics.
    type :: grid_tendencies
        real(dp), allocatable :: eastward_wind(:, :, :)        ! m s-2
        real(dp), allocatable :: northward_wind(:, :, :)       ! m s-2
        real(dp), allocatable :: temperature(:, :, :)          ! K s-1
        real(dp), allocatable :: specific_humidity(:, :, :)    ! g kg-1 s-1
    end type grid_tendencies

contains

    !> A time level of zeros.
    pure function new_prognostic_state(levels) result(state)
        integer, intent(in) :: levels
        type(prognostic_state) :: state

        allocate (state%vorticity(0:truncation, 0:truncation + 1, levels), source=(0.0_dp, 0.0_dp))
        allocate (state%divergence, source=state%vorticity)
        allocate (state%temperature, source=state%vorticity)
        allocate (state%specific_humidity, source=state%vorticity)
        allocate (state%log_normalized_surface_pressure(0:truncation, 0:truncation + 1), source=(0.0_dp, 0.0_dp))
    end function new_prognostic_state

    !> Grid fields of zeros.
    pure function new_grid_fields(levels) result(fields)
        integer, intent(in) :: levels
        type(grid_fields) :: fields

        allocate (fields%eastward_wind(longitudes, latitudes, levels), source=0.0_dp)
        allocate (fields%northward_wind, source=fields%eastward_wind)
        allocate (fields%temperature, source=fields%eastward_wind)
        allocate (fields%specific_humidity, source=fields%eastward_wind)
        allocate (fields%geopotential, source=fields%eastward_wind)
        allocate (fields%log_normalized_surface_pressure(longitudes, latitudes), source=0.0_dp)
    end function new_grid_fields

    !> Tendencies of zero.
    pure function new_grid_tendencies(levels) result(tendencies)
        integer, intent(in) :: levels
        type(grid_tendencies) :: tendencies

        allocate (tendencies%eastward_wind(longitudes, latitudes, levels), source=0.0_dp)
        allocate (tendencies%northward_wind, source=tendencies%eastward_wind)
        allocate (tendencies%temperature, source=tendencies%eastward_wind)
        allocate (tendencies%specific_humidity, source=tendencies%eastward_wind)
    end function new_grid_tendencies

end module prognostic_fields
