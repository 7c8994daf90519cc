!> Boundary data from a file of validation/boundary_file.py.
module boundary_file
    use boundary_data, only: boundary_fields, new_boundary_fields
    use kinds, only: dp
    use netcdf_files, only: close_file, open_file, read_values
    use sst_anomaly_window_process, only: anomaly_months
    implicit none
    private
    public :: read_boundary_file

    integer, parameter :: points = 96*48

contains

    !> All fields of the file.
    subroutine read_boundary_file(path, fields)
        character(len=*), intent(in) :: path
        type(boundary_fields), intent(out) :: fields
        integer :: file

        fields = new_boundary_fields()
        file = open_file(path)
        call read_map('surface_geopotential_unfiltered', fields%surface_geopotential_unfiltered)
        call read_map('land_fraction', fields%land_fraction)
        call read_map('sea_fraction', fields%sea_fraction)
        call read_map('bare_land_albedo', fields%bare_land_albedo)
        call read_map('orographic_drag_factor', fields%orographic_drag_factor)
        call read_map('land_inverse_heat_capacity', fields%land_inverse_heat_capacity)
        call read_map('ocean_inverse_heat_capacity', fields%ocean_inverse_heat_capacity)
        call read_map('ice_inverse_heat_capacity', fields%ice_inverse_heat_capacity)
        call read_map('land_damping_factor', fields%land_damping_factor)
        call read_map('ocean_damping_factor', fields%ocean_damping_factor)
        call read_map('ice_damping_factor', fields%ice_damping_factor)
        call read_months('land_temperature_monthly', 12, fields%land_temperature_monthly)
        call read_months('snow_depth_monthly', 12, fields%snow_depth_monthly)
        call read_months('soil_water_availability_monthly', 12, fields%soil_water_availability_monthly)
        call read_months('sea_surface_temperature_monthly', 12, fields%sea_surface_temperature_monthly)
        call read_months('sea_ice_fraction_monthly', 12, fields%sea_ice_fraction_monthly)
        call read_months('sst_anomaly', anomaly_months, fields%sst_anomaly)
        call close_file(file, path)

    contains

        subroutine read_map(name, map)
            character(len=*), intent(in) :: name
            real(dp), intent(out) :: map(:, :)
            real(dp) :: values(points)

            call read_values(file, path, name, [96, 48], values)
            map = reshape(values, [96, 48])
        end subroutine read_map

        subroutine read_months(name, months, maps)
            character(len=*), intent(in) :: name
            integer, intent(in) :: months
            real(dp), intent(out) :: maps(:, :, :)
            real(dp), allocatable :: values(:)

            allocate (values(points*months))
            call read_values(file, path, name, [96, 48, months], values)
            maps = reshape(values, [96, 48, months])
        end subroutine read_months

    end subroutine read_boundary_file

end module boundary_file
