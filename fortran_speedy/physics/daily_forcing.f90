!> What the surface and carbon dioxide contribute to radiation from day to day (spec 15, sections 4 and 5).
module daily_forcing_process
    use kinds, only: dp
    use status_codes, only: status_ok
    implicit none
    private
    public :: daily_forcing, daily_forcing_parameters, co2_absorptivity

    type :: daily_forcing_parameters
        real(dp) :: open_sea_albedo = real(0.07, dp)        ! 1
        real(dp) :: sea_ice_albedo = real(0.60, dp)         ! 1, at ice fraction 1
        real(dp) :: snow_albedo = real(0.60, dp)            ! 1, at snow cover 1
        real(dp) :: full_cover_snow_depth = 60.0_dp         ! mm of water
        real(dp) :: co2_growth_rate = real(0.005, dp)       ! year-1, of the absorptivity
        real(dp) :: co2_reference_year = 1950.0_dp          ! year, in which the absorptivity has its reference value
    end type daily_forcing_parameters

contains

    !> Snow cover and albedos of one grid cell.
    pure subroutine daily_forcing(parameters, snow_depth, sea_ice_fraction, bare_land_albedo, land_fraction, &
            snow_cover, land_albedo, sea_albedo, surface_albedo, status)
        type(daily_forcing_parameters), intent(in) :: parameters
        real(dp), intent(in) :: snow_depth              ! mm of water
        real(dp), intent(in) :: sea_ice_fraction        ! 1
        real(dp), intent(in) :: bare_land_albedo        ! 1
        real(dp), intent(in) :: land_fraction           ! 1
        real(dp), intent(out) :: snow_cover             ! 1
        real(dp), intent(out) :: land_albedo            ! 1
        real(dp), intent(out) :: sea_albedo             ! 1, ice included
        real(dp), intent(out) :: surface_albedo         ! 1, mean over land and sea
        integer, intent(out) :: status

        status = status_ok
        associate (p => parameters)
            snow_cover = min(1.0_dp, snow_depth/p%full_cover_snow_depth)
            land_albedo = bare_land_albedo + snow_cover*(p%snow_albedo - bare_land_albedo)
            sea_albedo = p%open_sea_albedo + sea_ice_fraction*(p%sea_ice_albedo - p%open_sea_albedo)
            surface_albedo = sea_albedo + land_fraction*(land_albedo - sea_albedo)
        end associate
    end subroutine daily_forcing

    !> Long-wave absorptivity of carbon dioxide on a day, for runs with growing concentration.
    pure function co2_absorptivity(parameters, reference_absorptivity, year, year_fraction) result(absorptivity)
        type(daily_forcing_parameters), intent(in) :: parameters
        real(dp), intent(in) :: reference_absorptivity      ! 1, in the reference year
        integer, intent(in) :: year
        real(dp), intent(in) :: year_fraction               ! 1
        real(dp) :: absorptivity

        absorptivity = reference_absorptivity &
            *exp(parameters%co2_growth_rate*(real(year, dp) + year_fraction - parameters%co2_reference_year))
    end function co2_absorptivity

end module daily_forcing_process
